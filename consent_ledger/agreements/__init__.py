"""Sharing agreements, services and providers: their files, and which versions are in force."""
