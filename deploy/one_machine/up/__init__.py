"""`nwd up`: the bus on one machine, kept running until it is stopped."""
