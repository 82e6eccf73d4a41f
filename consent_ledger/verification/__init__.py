"""Verifying the ledger: its log, and every table that is made from the log's entries."""
