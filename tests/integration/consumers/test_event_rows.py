"""Rows of events are replaced one event by another, however many there are."""

from uuid import UUID

from sqlalchemy import Connection, Engine, select

from consumers.changes import Delete
from consumers.event_rows import replace_rows
from consumers.passport.tables import event
from schemas.identifiers import EventId
from tests.support.whole_readings import reading_no_whole

EVENTS = 2_000
CHANGES = [Delete(f"participant {n % 3}", EventId(str(UUID(int=n)))) for n in range(EVENTS)]


def test_the_rows_of_what_has_changed_are_replaced(engine: Engine) -> None:
    """And no others: an event that is gone has none, one that is new is added."""
    gone, kept = CHANGES[:5], CHANGES[5:]
    new = Delete("somebody else", gone[0].event_id)
    with engine.begin() as connection:
        _add(connection, CHANGES)

        replace_rows(connection, event, [*gone, kept[0], new], [_row(kept[0]), _row(new)])

        found = connection.execute(select(event.c.participant_id, event.c.event_id)).all()
    assert sorted(found) == sorted((one.participant, one.event_id) for one in [*kept, new])


def test_no_table_is_read_whole_to_find_them(engine: Engine) -> None:
    """PostgreSQL's planner would, for so many: each time, while the table is not very large."""
    with engine.begin() as connection:
        _add(connection, CHANGES)
    with engine.begin() as connection:
        with reading_no_whole(connection, event):
            replace_rows(connection, event, CHANGES, [])

        assert connection.execute(select(event)).all() == []


def _add(connection: Connection, changes: list[Delete]) -> None:
    replace_rows(connection, event, changes, map(_row, changes))


def _row(change: Delete) -> tuple[str, str, bytes]:
    return change.participant, change.event_id, bytes(500)  # about as much as facts take
