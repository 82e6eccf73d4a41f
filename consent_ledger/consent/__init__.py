"""Consent changes, what each participant's standing is after them, and what it opens."""
