"""The Individualised Learner Record: a college's return of all its learners, as events.

A return is a full snapshot in XML, of one provider and one academic year. It is read twice: the
first pass checks all of it (a structural fault refuses the file, with lines and reasons) and notes
values that repeat across learners; the second sets aside the learners whose records break a rule,
registers the others, compares each aim with the last accepted return (`producers.snapshots`) and
publishes what is new or has changed. The snapshot is stored once all of that has been sent.

In reading order: `handed_in` opens a file; `structure`, `kinds` and `layout` describe a return,
`reader` streams it into `records`, `survey` is the first pass, `rules` are part of the DfE's rule
book, `mapping` makes events, `intake` is the second pass, and `importer` does all of it in order.
"""
