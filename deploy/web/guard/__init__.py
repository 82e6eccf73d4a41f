"""What every request passes: its host, who is asking, how much they may send, and how often."""
