import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateSchema

from consumers import positions
from consumers.changes import Change, Delete
from consumers.follower import LOOK_SECONDS, STUCK_SECONDS, TrayFollower, Turn
from consumers.tray import TrayError
from tests.integration.consumers.memory_tray import MemoryTray
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_referral
from tests.support.fakes import ManualClock
from tests.support.out_trays import out_record, retracted

metadata = MetaData(schema="followed")
seen = Table("seen", metadata, Column("event_id", Text, primary_key=True))
LIMIT = timedelta(days=7)


class FailureError(Exception):
    """What a test makes a projection raise."""


class Seen:
    """A projection that holds the ids of the events that may be seen."""

    position = positions.position_table(metadata)

    def __init__(self) -> None:
        self.fails = False

    def apply(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Upsert and delete by key."""
        for one in changes:
            if isinstance(one, Delete):
                connection.execute(delete(seen).where(seen.c.event_id == one.event_id))
            else:
                connection.execute(
                    insert(seen).values(event_id=one.event_id).on_conflict_do_nothing()
                )
        if self.fails:
            raise FailureError

    def clear(self, connection: Connection) -> None:
        """Forget all."""
        connection.execute(delete(seen))


@pytest.fixture
def database(engine: Engine) -> Engine:
    """Give a database with the tables of the projection above."""
    with engine.begin() as connection:
        connection.execute(CreateSchema("followed", if_not_exists=True))
        metadata.create_all(connection)
    return engine


def held(database: Engine) -> set[str]:
    """Return the ids that the projection holds."""
    with database.connect() as connection:
        return set(connection.scalars(select(seen.c.event_id)))


def follower(
    database: Engine,
    tray: MemoryTray,
    clock: ManualClock | None = None,
    projection: Seen | None = None,
) -> TrayFollower:
    """Return a reader that has just been started."""
    return TrayFollower(
        database,
        tray,
        projection or Seen(),
        absence_limit=LIMIT,
        clock=clock or ManualClock(),
    )


def saved_offsets(database: Engine) -> dict[int, int]:
    """Return the saved positions."""
    with database.connect() as connection:
        return {one.partition: one.next_offset for one in positions.load(connection, Seen.position)}


def test_a_tray_is_followed_from_its_start(database: Engine) -> None:
    """Everything that is in the tray ends in the state, deletions too."""
    events = [make_referral() for _ in range(7)]
    tray = MemoryTray(PARTITIONS)
    tray.append(*map(out_record, events), retracted(events[0]))

    follower(database, tray).catch_up(10)

    assert held(database) == {event.event_id for event in events[1:]}
    assert sum(saved_offsets(database).values()) == 8


def test_a_reader_started_again_goes_on_where_it_stopped(database: Engine) -> None:
    """What was applied is not asked for again."""
    first, second = make_referral(), make_referral()
    tray = MemoryTray(PARTITIONS)
    tray.append(out_record(first))
    follower(database, tray).catch_up(10)
    turns: list[Turn] = []
    tray.append(out_record(second))

    again = TrayFollower(
        database,
        tray,
        Seen(),
        absence_limit=LIMIT,
        clock=ManualClock(),
        on_turn=turns.append,
    )
    again.catch_up(10)

    assert held(database) == {first.event_id, second.event_id}
    assert sum(turn.upserted for turn in turns) == 1
    assert not any(turn.has_begun_again for turn in turns)


def test_state_and_position_change_together_or_not_at_all(database: Engine) -> None:
    """A reader that dies while it applies has applied nothing, and does it all again."""
    event = make_referral()
    tray = MemoryTray(PARTITIONS)
    tray.append(out_record(event))
    projection = Seen()
    projection.fails = True

    with pytest.raises(FailureError):
        follower(database, tray, projection=projection).catch_up(10)

    assert held(database) == set()
    assert sum(saved_offsets(database).values()) == 0

    follower(database, tray).catch_up(10)

    assert held(database) == {event.event_id}


def test_a_position_below_the_log_begins_again_with_empty_tables(database: Engine) -> None:
    """What the log has forgotten is not skipped: only what it still holds stays in the state."""
    event, gone = make_referral(), make_referral()
    tray = MemoryTray(PARTITIONS)
    tray.append(out_record(gone))
    follower(database, tray).catch_up(10)
    partition = out_record(gone).partition
    tray.append(*(out_record(event)._replace(partition=partition) for _ in range(3)))
    tray.cut_off(partition, before=2)

    follower(database, tray).catch_up(10)

    assert held(database) == {event.event_id}
    assert saved_offsets(database)[partition] == 4


def test_who_was_away_longer_than_deletions_are_kept_begins_again(database: Engine) -> None:
    """A deletion may have come and gone: what is not seen again is dropped."""
    kept, forgotten = make_referral(), make_referral()
    clock = ManualClock()
    tray = MemoryTray(PARTITIONS)
    tray.append(out_record(kept), out_record(forgotten))
    follower(database, tray, clock).catch_up(10)
    tray.append(retracted(forgotten))
    tray.compact_away(retracted(forgotten).key)

    clock.go_on(LIMIT + timedelta(seconds=1))
    follower(database, tray, clock).catch_up(10)

    assert held(database) == {kept.event_id}


def test_who_was_away_for_less_keeps_its_state(database: Engine) -> None:
    """Being away for a while costs nothing."""
    clock = ManualClock()
    tray = MemoryTray(PARTITIONS)
    tray.append(out_record(make_referral()))
    follower(database, tray, clock).catch_up(10)
    turns: list[Turn] = []

    clock.go_on(LIMIT - timedelta(seconds=1))
    TrayFollower(
        database, tray, Seen(), absence_limit=LIMIT, clock=clock, on_turn=turns.append
    ).catch_up(10)

    assert not any(turn.has_begun_again for turn in turns)


def test_a_reader_that_keeps_up_is_never_away(database: Engine) -> None:
    """Looks at the tray's ends count as having been there, with or without records."""
    clock = ManualClock()
    tray = MemoryTray(PARTITIONS)
    reader = follower(database, tray, clock)
    reader.catch_up(10)

    turns = []
    for _ in range(20):
        clock.go_on(timedelta(days=1))
        turns.append(reader.turn(0))

    assert not any(turn.has_begun_again for turn in turns)


def test_a_topic_made_again_begins_again(database: Engine) -> None:
    """Offsets of a topic that was deleted mean nothing in its namesake."""
    old, new = make_referral(), make_referral()
    tray = MemoryTray(PARTITIONS)
    tray.append(out_record(old))
    follower(database, tray).catch_up(10)
    made_again = MemoryTray(PARTITIONS, topic_id="second")
    made_again.append(out_record(new), out_record(new))

    follower(database, made_again).catch_up(10)

    assert held(database) == {new.event_id}


def test_another_reader_of_the_same_tables_is_found(database: Engine) -> None:
    """The one that is overtaken stops: going on it could put old values over new ones."""
    tray, same_tray = MemoryTray(PARTITIONS), MemoryTray(PARTITIONS)
    overtaken, other = follower(database, tray), follower(database, same_tray)
    overtaken.turn(0)
    other.turn(0)
    record = out_record(make_referral())
    tray.append(record)
    same_tray.append(record)
    other.turn(0)

    with pytest.raises(TrayError, match="Another reader"):
        overtaken.turn(0)


def test_a_partition_that_gives_nothing_though_it_holds_more_ends_the_reader(
    database: Engine,
) -> None:
    """A process that ends is seen, one that waits for ever is not."""
    clock = ManualClock()
    tray = MemoryTray(PARTITIONS)
    reader = follower(database, tray, clock)
    reader.catch_up(10)
    tray.append(out_record(make_referral()))
    tray.is_stuck = True
    clock.go_on(timedelta(seconds=LOOK_SECONDS))

    assert reader.turn(0).behind == 1

    clock.go_on(timedelta(seconds=STUCK_SECONDS))
    with pytest.raises(TrayError, match="gave nothing for 60 seconds"):
        reader.turn(0)


def test_a_broker_that_is_away_is_waited_for(database: Engine) -> None:
    """The reader goes on when the broker is back, and says meanwhile that it does not know."""
    clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
    event = make_referral()
    tray = MemoryTray(PARTITIONS)
    reader = follower(database, tray, clock)
    reader.catch_up(10)
    tray.append(out_record(event))
    tray.is_away = True
    for _ in range(10):
        clock.go_on(timedelta(seconds=STUCK_SECONDS))
        assert reader.turn(0).behind is None

    tray.is_away = False
    reader.catch_up(10)

    assert held(database) == {event.event_id}


def test_the_first_start_warns_of_nothing_and_one_after_a_long_absence_does(
    database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """That nothing has been read yet is as it should be; that deletions may be missed is not."""
    tray, clock = MemoryTray(PARTITIONS), ManualClock()

    follower(database, tray, clock).turn()
    assert warnings(caplog) == []

    clock.now += LIMIT * 2
    follower(database, tray, clock).turn()
    assert "away for longer" in warnings(caplog)[0]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the reader has warned of so far; clients of other tests log beside it."""
    return [
        one.getMessage()
        for one in caplog.records
        if one.levelno >= logging.WARNING and one.name.startswith("consumers")
    ]
