from datetime import datetime, timedelta

from consent_ledger.filter.store import Cursor
from schemas.identifiers import LedgerIndex
from tests.support.fakes import MemoryBroker, MemoryEventLog
from tests.support.memory.ground import MemoryGround

DAY = timedelta(days=1)


def taken_over(*cursors: Cursor) -> Cursor:
    """Return where one shard begins that takes over from others, which have come so far."""
    ground = MemoryGround()
    broker = MemoryBroker(ground.clock)
    ground.share_out(len(cursors), len(cursors))
    for shard_id, cursor in enumerate(cursors):
        with ground.store.begin() as transaction:
            transaction.close_turn(transaction.acquire(shard_id), {}, cursor, [])
    ground.share_out(len(cursors), 1, lambda one: MemoryEventLog(broker, f"filter-{one}"))
    with ground.store.begin() as transaction:
        return transaction.shards()[-1].cursor


def at(seq: int, checked_at: datetime, decided_until: datetime) -> Cursor:
    """Return how far a shard has come."""
    return Cursor(LedgerIndex(seq), checked_at, decided_until)


NOON = MemoryGround().clock()


def test_a_shard_begins_at_the_earliest_moment_of_those_before_it() -> None:
    """What ran out since may still stand in the partitions of the one that lagged behind."""
    found = taken_over(at(5, NOON, NOON), at(5, NOON - DAY, NOON))

    assert found == at(5, NOON - DAY, NOON)


def test_a_shard_has_decided_until_the_latest_moment_of_those_before_it() -> None:
    """A clock that was ahead has closed what is open again now."""
    found = taken_over(at(5, NOON, NOON), at(5, NOON, NOON + DAY))

    assert found == at(5, NOON, NOON + DAY)
