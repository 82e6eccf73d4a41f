"""The Individualised Learner Record: a college's return of all its learners, as events.

A return is a full snapshot in XML, of one provider and one academic year. It is read twice: the
first pass checks all of it (a structural fault refuses the file, with lines and reasons) and notes
what repeats across learners; the second sets aside the learners whose records break a rule,
registers the others, compares each aim with the last accepted return and publishes what is new or
has changed. The snapshot is stored only once all of that has been sent.

From top to bottom: `structure` and `kinds` say what a return looks like, `reader` streams it into
`records`, `survey` is the first pass, `rules` the DfE's rule book in part, `mapping` makes events,
`snapshot` tells new from changed, `importer` does all of it in order.
"""
