"""The hub's analytics: how many, how far, how long. Never who."""
