"""The last accepted state of a source that is uploaded whole: what is new, changed or the same.

`snapshot` compares, `store` keeps the snapshots in PostgreSQL, `tables` are its tables.
"""
