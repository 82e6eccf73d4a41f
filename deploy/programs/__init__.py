"""What `nwd run` runs: each program runs until it is stopped, or ends by an error."""
