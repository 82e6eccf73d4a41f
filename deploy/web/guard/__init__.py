"""What every request passes: who is asking, and how a refusal is put."""
