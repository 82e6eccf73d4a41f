"""A table that an organisation keeps anyway, CSV or a workbook, as events.

Columns are mapped once, in a file. A table is read twice: the first pass notes what repeats; the
second sets aside the rows that are wrong, registers whom the others are about, compares each event
with the last accepted table (`producers.snapshots`) and publishes what is new or has changed.

In reading order: `opening` tells what a file is, `text_table` and `workbook` read it as a `table`,
whose first line `headings` finds; `fields` are those of the contract, and `cells` and `identifiers`
make values for them; `mapping` is the file, `placing` lays it on the headings; `rows` reads a row,
`survey` is the first pass, `intake` the second, and `importer` does all of it in order. `guess`
proposes a mapping, `result_file` gives the table back with reasons.
"""
