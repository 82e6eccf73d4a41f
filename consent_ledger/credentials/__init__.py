"""Credentials that the hub gives organisations, and how far each reaches."""
