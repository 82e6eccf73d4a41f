"""Part of the Department for Education's rule book: what sets one learner aside.

`table` lists the rules; a function for each of them is in `person`, `aims` and `employment`.
`file` has those about the file as a whole.
"""
