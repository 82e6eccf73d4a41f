"""The consent ledger: its entries, how they are recorded, and when each was enforced."""
