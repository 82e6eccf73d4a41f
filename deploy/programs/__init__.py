"""What `nwd run` runs: each program goes on until it is told to stop, or ends by an error."""
