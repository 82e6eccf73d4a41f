"""The first pass through a table: what no single row shows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from producers.repeats import Repeats, fingerprint
from producers.tables.rows import RowReader
from producers.tables.table import Table


@dataclass(slots=True)
class TableSurvey:
    """How many rows there are, which keys come twice, and which references are of two people.

    `absent` are references that were looked for, and that no row has.
    """

    rows: int = 0
    keys: Repeats = field(default_factory=Repeats)
    shared: Repeats = field(default_factory=Repeats)
    absent: set[str] = field(default_factory=set)


def survey_table(
    table: Table,
    reader: RowReader,
    on_rows: Callable[[int], None],
    look_for: Iterable[str] = (),
) -> TableSurvey:
    """Read all rows of a table; `on_rows` gets the number so far."""
    survey = TableSurvey(absent=set(look_for))
    told: set[int] = set()
    for row in table.rows():
        survey.rows += 1
        if survey.rows % 1000 == 0:
            on_rows(survey.rows)
        if row.fault is not None or not reader.is_wanted(row.cells):
            continue
        if key := reader.key(row.cells):
            survey.keys.add(key)
        if survey.absent or reader.tells_rows_apart:
            reference = reader.reference(row.cells)
            survey.absent.discard(reference)
            if reader.tells_rows_apart and reference:
                _note_names(survey, reader.names(row.cells), reference, told)
    survey.keys.forget_the_rest()
    survey.shared.forget_the_rest()
    return survey


def _note_names(
    survey: TableSurvey, names: Iterable[tuple[int, str]], reference: str, told: set[int]
) -> None:
    """Note where rows of one reference have different names or days of birth."""
    for place, name in names:
        mark = fingerprint((reference, place, name))
        if mark not in told:
            told.add(mark)
            survey.shared.add((reference, place))
