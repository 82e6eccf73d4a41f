"""The audit: what every out-tray must hold, computed the plain way, against what it does hold.

It is the definition of correct, so it shares nothing with the filter but the schemas and the stored
facts. Standings are read from the ledger's leaves, not from the tables derived of them. Where a
block begins and ends says the library that decodes it, not the walk by which the filter cuts; what
a tray shows of it only in part is filled in, where the filter takes away. None of its modules is
compiled: a fault of the compiler in the filter's is on one side alone. What must stand and what
stands is set aside on disk by its key and compared a part at a time, so that memory does not grow
with the trays.
"""
