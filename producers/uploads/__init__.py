"""Tables that were handed in over HTTP, between their dry run and their import.

A file is kept sealed under a key that the hub does not keep: it is in the token of whoever handed
the file in. Beside it the mappings that an organisation has used are kept, by name and
version: a name is the organisation's own or a keyed digest, never that of a file.
"""
