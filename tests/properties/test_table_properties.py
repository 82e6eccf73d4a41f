"""For any table, what the dry run promises is what the run does, row by row and event by event."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from producers.tables.table import Table
from schemas.events import Event
from tests.support.tables.charity import (
    COLUMNS,
    HEADINGS,
    Charity,
    bytes_table,
    csv_table,
    mapping,
    workbook,
)

MAPPING = mapping(
    row=["Client ID", "Started"],
    columns=COLUMNS | {"Job from": "outcome.progress.effective_from"},
    events={
        "enrolment": mapping().events["enrolment"],
        "outcome": {
            "when": {"Job from": "filled"},
            "fixed": {
                "participation.service_id": "charity-b.mentoring",
                "participation.stage": "recorded",
            },
        },
    },
)
WORDS = st.sampled_from(["Ada", "Ben", "ada ", "N/A", "", "=1+1", "\u200bZoë"])
DAYS = st.sampled_from(["14/03/1991", "1991-03-14", "31/02/1991", "", "33311", "soon"])
STARTS = st.sampled_from(["02/02/2026", "2026-02-03", "", "1890-01-01"])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "4", "", "1.23E+09"]),
        WORDS,
        WORDS,
        DAYS,
        st.sampled_from(["E8 3RH", "e83rh", "nowhere", ""]),
        STARTS,
        st.sampled_from(["", "a note"]),
        st.sampled_from(["", "20/02/2026", "later"]),
    ),
    max_size=8,
)


def made(rows: Sequence[Sequence[str]], *, is_workbook: bool) -> Table:
    """Return a table of these rows, as CSV or as a workbook."""
    headings = (*HEADINGS, "Job from")
    if is_workbook:
        return bytes_table(workbook([headings, *rows]))
    return csv_table(*rows, headings=headings)


def contents(events: Sequence[Event]) -> list[dict[str, object]]:
    """Return events without whom they are about: in a dry run the number is made up."""
    return [event.model_dump(exclude={"participant_id"}) for event in events]


@given(before=ROWS, now=ROWS, is_workbook=st.booleans(), asked=st.sets(st.sampled_from("1234")))
def test_what_the_dry_run_of_a_table_promises_is_what_the_run_does(
    before: list[tuple[str, ...]],
    now: list[tuple[str, ...]],
    asked: set[str],
    is_workbook: bool,  # noqa: FBT001 - drawn
) -> None:
    """After any import before it, with people about whom there is a question; and twice the same.

    The dry run itself leaves nothing behind, and the run again finds nothing to do.
    """
    charity = Charity()
    charity.run(made(before, is_workbook=False), MAPPING)
    charity.registrar.matches |= asked
    known = dict(charity.registrar.numbers)
    promised = charity.dry_run(made(now, is_workbook=is_workbook), MAPPING)
    events, rows = contents(charity.published), dict(charity.rows)

    assert charity.registrar.numbers == known
    assert charity.dry_run(made(now, is_workbook=is_workbook), MAPPING) == promised

    done = charity.run(made(now, is_workbook=is_workbook), MAPPING)
    assert done == promised.model_copy(update={"is_dry_run": False})
    assert contents(charity.published) == events
    assert charity.rows == rows
    assert done.rows_read == len(charity.rows)

    again = charity.run(made(now, is_workbook=is_workbook), MAPPING)
    assert again.published == 0
    assert again.rows_set_aside == done.rows_set_aside
