"""The audit: what every out-tray must hold, computed the plain way, against what it does hold.

It is the definition of correct, so it shares nothing with the filter but the schemas and the stored
facts. Standings are read from the ledger's leaves, not from the tables derived of them; values are
decoded, blanked and encoded again, not cut. What must stand and what stands is set aside on disk by
its key and compared a part at a time, so that memory does not grow with the trays.
"""
