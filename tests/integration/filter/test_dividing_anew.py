"""The partitions divided among another number of shards: said once, run on either ground."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.records import OutRecord
from consent_ledger.filter.shard import Shard
from consent_ledger.filter.store import Cursor, FencedError, ShardLease, Store
from consent_ledger.ledger.enforcement import Enforcement, enforced, last_change
from schemas.errors import BusError
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, TopicName
from schemas.trays import partition_of, split_out_key
from tests.support.bus import Bus
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_events
from tests.support.fakes import FencedInMemoryError, MemoryBroker, MemoryEventLog
from tests.support.ground import Ground
from tests.support.store_grounds import NOW

HOUR = timedelta(hours=1)
SUPPORT = AgreementId("borough-d.support")
OUT = OutRecord(TopicName("out.a.b"), 1, b"key", None, [])


class Logs:
    """The logs of shards on one broker, and which were opened; `at_opening` happens before each."""

    def __init__(self, ground: Ground) -> None:
        self.broker = MemoryBroker(ground.clock)
        self.opened: list[int] = []
        self.at_opening: Callable[[int], object] = lambda _: None

    def __call__(self, shard_id: int) -> EventLog:
        """Open the log of a shard."""
        self.at_opening(shard_id)
        self.opened.append(shard_id)
        return MemoryEventLog(self.broker, f"filter-{shard_id}")


@pytest.fixture
def logs(ground: Ground) -> Logs:
    """Give the logs of a ground's shards."""
    return Logs(ground)


def hold_of(store: Store, shard_id: int) -> ShardLease:
    """Take a shard over."""
    with store.begin() as transaction:
        return transaction.acquire(shard_id)


def come_to(store: Store, lease: ShardLease, seq: int, checked: int, decided: int) -> None:
    """Let a shard have carried out what there is before an entry, and what ran out by then."""
    cursor = Cursor(LedgerIndex(seq), NOW + checked * HOUR, NOW + decided * HOUR)
    with store.begin() as transaction:
        transaction.close_turn(lease, {}, cursor, [])


def cursors(store: Store) -> dict[int, Cursor]:
    """Return how far each shard has come that there is."""
    with store.begin() as transaction:
        return {one.shard_id: one.cursor for one in transaction.shards() if not one.is_retired}


def test_a_shard_begins_where_the_least_advanced_of_its_partitions_is(
    ground: Ground, logs: Logs
) -> None:
    """In each of them behind what was carried out there, and for all moments that may be open."""
    come_to(ground.store, hold_of(ground.store, 0), seq=5, checked=1, decided=2)
    come_to(ground.store, hold_of(ground.store, 1), seq=3, checked=3, decided=4)

    ground.share_out(PARTITIONS, 1, logs)

    assert cursors(ground.store) == {2: Cursor(LedgerIndex(3), NOW + HOUR, NOW + 4 * HOUR)}
    assert hold_of(ground.store, 2).begins == {0: 5, 1: 3, 2: 5, 3: 3}
    assert logs.opened == [0, 1]


def test_what_an_earlier_division_has_carried_out_is_not_carried_out_again(
    ground: Ground, logs: Logs
) -> None:
    """Though the shard in between had not come so far."""
    come_to(ground.store, hold_of(ground.store, 0), seq=9, checked=0, decided=0)
    come_to(ground.store, hold_of(ground.store, 1), seq=3, checked=0, decided=0)
    ground.share_out(PARTITIONS, 1, logs)
    come_to(ground.store, hold_of(ground.store, 2), seq=4, checked=0, decided=0)

    ground.share_out(PARTITIONS, 2, logs)

    assert [cursor.next_seq for cursor in cursors(ground.store).values()] == [9, 4]
    assert hold_of(ground.store, 3).begins == {0: 9, 2: 9}
    assert hold_of(ground.store, 4).begins == {1: 4, 3: 4}


def test_whoever_held_a_shard_is_fenced_in_the_database_and_in_the_log(
    ground: Ground, logs: Logs
) -> None:
    """And nobody acquires it again: its partitions are others'."""
    log = logs(1)
    log.acquire()
    lease = hold_of(ground.store, 1)

    ground.share_out(PARTITIONS, 3, logs)

    with pytest.raises(FencedError), ground.store.begin() as transaction:
        transaction.fence(lease)
    with pytest.raises(FencedInMemoryError):
        log.append([OUT])
    with pytest.raises(BusError, match="no "):
        hold_of(ground.store, 1)
    assert [hold_of(ground.store, one).partitions for one in (2, 3, 4)] == [(0, 3), (1,), (2,)]


def test_a_process_that_takes_an_old_shard_back_meanwhile_is_noticed(
    ground: Ground, logs: Logs
) -> None:
    """Nothing has changed then: it may have more to write."""
    logs.at_opening = lambda shard_id: hold_of(ground.store, 1 - shard_id)

    with pytest.raises(FencedError):
        ground.share_out(PARTITIONS, 1, logs)

    assert hold_of(ground.store, 0).partitions == (0, 2)
    logs.at_opening = lambda _: None
    ground.share_out(PARTITIONS, 1, logs)
    assert hold_of(ground.store, 2).partitions == (0, 1, 2, 3)


def test_a_division_that_is_cut_short_is_made_when_it_is_tried_again(
    ground: Ground, logs: Logs
) -> None:
    """The shards that there were go on until then."""

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    logs.at_opening = stop
    with pytest.raises(KeyboardInterrupt):
        ground.share_out(PARTITIONS, 1, logs)
    assert list(cursors(ground.store)) == [0, 1]
    hold_of(ground.store, 0)

    logs.at_opening = lambda _: None
    ground.share_out(PARTITIONS, 1, logs)

    assert list(cursors(ground.store)) == [2]


def test_the_same_number_changes_nothing(ground: Ground, logs: Logs) -> None:
    """Whoever runs goes on."""
    lease = hold_of(ground.store, 0)

    ground.share_out(PARTITIONS, 2, logs)

    with ground.store.begin() as transaction:
        transaction.fence(lease)
    assert logs.opened == []


def test_another_number_of_partitions_is_refused(ground: Ground, logs: Logs) -> None:
    """It would move people to other partitions; and a shard without a partition has nothing."""
    with pytest.raises(BusError, match="set up with 4 partitions, not 5"):
        ground.share_out(PARTITIONS + 1, 2, logs)
    with pytest.raises(BusError, match="4 partitions, which 5 shards"):
        ground.share_out(PARTITIONS, 5, logs)

    assert list(cursors(ground.store)) == [0, 1]


def in_partitions(bus: Bus, *partitions: int) -> list[PassportNumber]:
    """Register somebody in each of these partitions, who agrees to be supported."""
    found: dict[int, PassportNumber] = {}
    while not set(partitions) <= found.keys():
        number = bus.participant()
        found.setdefault(partition_of(number, PARTITIONS), number)
    numbers = [found[partition] for partition in partitions]
    for number in numbers:
        bus.grant(number, SUPPORT)
    return numbers


def enforcement_of(bus: Bus, entry: LedgerIndex) -> Enforcement | None:
    """Return an entry's enforcement."""
    with bus.engine.connect() as connection:
        return enforced(connection, entry)


def test_events_and_withdrawals_go_on_whatever_the_number_of_shards(bus: Bus) -> None:
    """What was published, granted and withdrawn in between is done by whoever comes next."""
    people = in_partitions(bus, *range(PARTITIONS))
    for withdrawn, shards in enumerate((1, 2, 3, 1)):
        bus.publish(*(event for number in people for event in make_events(number)))
        entry = bus.withdraw(people[withdrawn], SUPPORT)

        for shard in bus.divide(shards):
            bus.turn(shard)

        assert enforcement_of(bus, entry) is not None
        keys = {split_out_key(key)[0] for key in bus.tray(SUPPORT)}
        assert keys == set(people[withdrawn + 1 :])
        bus.assert_holds()


def test_a_turn_that_is_cut_short_by_a_division_is_done_by_who_takes_over(bus: Bus) -> None:
    """Its own process writes nothing more, though it goes on."""
    (number,) = in_partitions(bus, 1)
    bus.turn()
    bus.publish(*make_events(number))
    taken_over: list[Shard] = []

    def divide(step: TurnStep) -> None:
        if step is TurnStep.AFTER_JOURNAL:
            taken_over.extend(bus.divide(2))
            bus.withdraw(number, SUPPORT)
            for shard in taken_over:
                bus.turn(shard)

    old = bus.new_shard(divide)
    with pytest.raises(FencedInMemoryError):
        bus.turn(old)

    assert len(taken_over) == 2
    assert bus.tray(SUPPORT) == {}
    with pytest.raises(FencedError):
        old.enforce()
    bus.assert_holds()


def test_what_was_enforced_stays_so_and_what_was_not_becomes_so(bus: Bus) -> None:
    """A person's change in its partition; an agreement's only once it is carried out in each."""
    first, second = in_partitions(bus, 0, 1)
    ahead, _ = bus.divide(2)
    of_first = bus.withdraw(first, SUPPORT)
    of_second = bus.withdraw(second, SUPPORT)
    bus.mark({"borough-d.jobs": True})
    with bus.engine.connect() as connection:
        of_everybody = last_change(connection)
    bus.turn(ahead)
    done = enforcement_of(bus, of_first)
    assert done is not None
    assert enforcement_of(bus, of_everybody) is None

    bus.clock.go_on(HOUR)
    (shard,) = bus.divide(1)
    assert enforcement_of(bus, of_first) == done
    assert enforcement_of(bus, of_second) is None
    assert enforcement_of(bus, of_everybody) is None
    bus.turn(shard)

    assert enforcement_of(bus, of_first) == done
    assert enforcement_of(bus, of_second) is not None
    assert enforcement_of(bus, of_everybody) is not None
    bus.assert_holds()
