"""Erasing somebody: from the ledger's entry to the certificate, and again after a backup."""
