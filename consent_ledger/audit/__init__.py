"""The audit: what every out-tray must hold, computed the plain way, against what it does hold.

It is the definition of correct, so it shares nothing with the filter but the schemas and the stored
facts. Standings are read from the ledger's leaves, not from the tables derived of them; values are
decoded, blanked and encoded again, not cut. It is slow on purpose.
"""
