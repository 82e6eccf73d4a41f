"""What the bus answers over HTTP."""
