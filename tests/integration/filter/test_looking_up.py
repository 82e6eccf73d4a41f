"""A turn looks its events up one by one, also where PostgreSQL's planner would rather not.

For two thousand events it finds a hash join cheaper, which reads the whole table: in each turn, for
as long as the table has fewer than some millions of rows.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from uuid import UUID

import pytest

from consent_ledger.filter.postgres_store import PostgresFilterTransaction
from consent_ledger.filter.store import EventKey, Waiting
from consent_ledger.filter.waiting import settle
from consent_ledger.tables.delivery import disclosure, journal, waiting
from schemas.identifiers import AgreementId, EventId
from tests.integration.filter.stored_rows import disclosed, hold_of, row, send
from tests.support.ground import Ground
from tests.support.store_grounds import NOW, everybody, postgres_ground
from tests.support.whole_readings import reading_no_whole

EVENTS = 2_000


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    """Give a PostgreSQL."""
    with postgres_ground(database_url) as made:
        yield made


@pytest.fixture
def events(ground: Ground) -> list[EventKey]:
    """Give events, of three people, each in the journal, shown in a tray, and waiting."""
    people = cycle(everybody(ground))
    made = [(next(people), EventId(str(UUID(int=place)))) for place in range(EVENTS)]
    lease = hold_of(ground.store)
    with ground.store.begin() as transaction:
        transaction.add_to_journal([row(*key) for key in made])
        transaction.add_waiting([Waiting(*key, AgreementId("a.b")) for key in made], NOW)
    send(ground.store, lease, *(replace(disclosed(key[0], 1), event_id=key[1]) for key in made))
    return made


def test_no_table_is_read_whole_to_look_events_up(ground: Ground, events: list[EventKey]) -> None:
    """What the journal has of them, what was sent of them, and that they wait no longer."""
    with ground.store.begin() as transaction:
        assert isinstance(transaction, PostgresFilterTransaction)
        with reading_no_whole(transaction.connection, journal, disclosure, waiting):
            known = transaction.known_events(events)
            last = transaction.last_disclosed(events)
            settle(transaction.connection, [Waiting(*key, AgreementId("a.b")) for key in events])

    assert known.keys() == last.keys() == set(events)


def test_what_waits_no_longer_is_gone(ground: Ground, events: list[EventKey]) -> None:
    """And nothing else."""
    agreement = AgreementId("a.b")
    gone, left = events[: EVENTS // 2], events[EVENTS // 2 :]
    with ground.store.begin() as transaction:
        assert isinstance(transaction, PostgresFilterTransaction)
        settle(transaction.connection, [Waiting(*key, agreement) for key in gone])

    with ground.store.begin() as transaction:
        waits = transaction.waiting_of({one for one, _ in events}, [agreement])
    assert {(one.participant_id, one.event_id) for one in waits} == set(left)
