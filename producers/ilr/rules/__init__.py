"""Part of the Department for Education's rule book: what sets a learner aside, and what warns.

`table` lists the rules; a function for each of them is in `person`, `aims` and `employment`.
`file` has those about the file as a whole.
"""
