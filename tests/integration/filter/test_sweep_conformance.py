"""What every store must do for sweeps: said once, run on PostgreSQL and on the one in memory."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from consent_ledger.filter.store import Cursor, ShardState
from consent_ledger.filter.sweep import BEGINNING, Part, Reached, Sweep
from consent_ledger.ledger.enforcement import Cost
from consent_ledger.ledger.entries import EntryKind
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber, ServiceId
from tests.integration.filter.stored_rows import (
    EVENT,
    OTHER,
    disclosed,
    hold_of,
    row,
    send,
)
from tests.support.ground import Ground
from tests.support.store_grounds import NOW, everybody, failing

SERVICE = ServiceId("college-c.a")
HOUR = timedelta(hours=1)


def test_a_sweep_goes_on_from_where_it_was_until_its_end(ground: Ground) -> None:
    """Of a person the shard that has their partition does; single people come first."""
    number, other, _ = everybody(ground)
    lease, beside = hold_of(ground.store), hold_of(ground.store, 1)
    of_all = Sweep(0, NOW, NOW + HOUR, (LedgerIndex(4),), service_ids=frozenset({SERVICE}))
    of_one = Sweep(0, NOW, NOW, (LedgerIndex(5),), other, frozenset({AgreementId("a.b")}))
    release = Sweep(1, NOW, NOW, agreement_ids=frozenset({AgreementId("a.b")}), is_release=True)
    with ground.store.begin() as transaction:
        transaction.close_turn(lease, {}, transaction.fence(lease), [], begun=[of_all, of_one])
        transaction.close_turn(beside, {}, transaction.fence(beside), [], begun=[release])
    with ground.store.begin() as transaction:
        first, second = transaction.sweeps(lease), transaction.sweeps(beside)

    assert [replace(one, sweep_id=0) for one in first] == [of_all]
    assert [replace(one, sweep_id=0) for one in second] == [of_one, release]
    with failing(ground.store.begin()) as transaction:
        transaction.close_turn(
            lease, {}, transaction.fence(lease), [], swept=replace(first[0], after=None)
        )
    on_its_way = second[0].gone_on(Reached(other, EVENT), {AgreementId("a.b"): Cost(1, 2)})
    with ground.store.begin() as transaction:
        transaction.close_turn(beside, {}, transaction.fence(beside), [], swept=on_its_way)
    with ground.store.begin() as transaction:
        assert transaction.sweeps(lease) == first
        assert transaction.sweeps(beside) == [on_its_way, second[1]]
        transaction.close_turn(
            beside, {}, transaction.fence(beside), [], swept=on_its_way.gone_on(None, {})
        )
    with ground.store.begin() as transaction:
        assert transaction.sweeps(beside) == second[1:]
        assert transaction.event_counts([number], 5) == {number: 0}


def test_a_shard_that_retires_tells_what_it_has_not_swept_of_everybody(ground: Ground) -> None:
    """Who takes over begins there, from the first person on; of one person the sweep goes on."""
    number, *_ = everybody(ground)
    lease = hold_of(ground.store)
    of_all = Sweep(0, NOW - HOUR, NOW + HOUR, (LedgerIndex(4),), after=BEGINNING)
    of_one = Sweep(0, NOW, NOW, (LedgerIndex(5),), number)
    later = Cursor(LedgerIndex(9), NOW, NOW)
    with ground.store.begin() as transaction:
        transaction.close_turn(lease, {}, later, [], begun=[of_all, of_one])
    with ground.store.begin() as transaction:
        of_person, of_everybody = transaction.sweeps(lease)
        swept = of_person.gone_on(Reached(number, EVENT), {})
        transaction.close_turn(lease, {}, transaction.fence(lease), [], swept=swept)
        transaction.close_turn(
            lease, {}, transaction.fence(lease), [], swept=of_everybody.gone_on(Reached(number), {})
        )
    with ground.store.begin() as transaction:
        state = transaction.shards()[0]
        transaction.replace_shards([ShardState(2, (0, 1, 2, 3), state.of_everybody)])

    assert state.of_everybody == Cursor(LedgerIndex(4), NOW - HOUR, NOW + HOUR)
    assert hold_of(ground.store, 2).begins[0] == 9
    with ground.store.begin() as transaction:
        assert transaction.sweeps(hold_of(ground.store, 2)) == [swept]
        assert transaction.shards()[0].sweeps == (replace(of_everybody, after=BEGINNING),)


def test_a_part_of_the_events_of_one_person_is_given(ground: Ground) -> None:
    """By their ids, each event once, however often it was corrected."""
    number, other, _ = everybody(ground)
    lease = hold_of(ground.store)
    ids = [EventId(str(UUID(int=place))) for place in range(5)]
    with ground.store.begin() as transaction:
        transaction.add_to_journal([row(number, one) for one in ids])
        transaction.add_to_journal([row(number, ids[1], revision=2), row(other)])
    for one in ids:
        send(ground.store, lease, replace(disclosed(number, 1), event_id=one))

    with ground.store.begin() as transaction:
        assert transaction.event_counts([number, other], 9) == {number: 5, other: 1}
        assert transaction.event_counts([number, other], 3) == {number: 3, other: 1}
        assert transaction.end_of_part(number, None, 2) == ids[1]
        assert transaction.end_of_part(number, ids[1], 2) == ids[3]
        assert transaction.end_of_part(number, ids[1], 3) is None
        assert transaction.end_of_part(number, ids[3], 2) is None
        for part, wanted in (
            (Part(None, ids[1]), ids[:2]),
            (Part(ids[1], ids[3]), ids[2:4]),
            (Part(ids[3], None), ids[4:]),
        ):
            sealed = transaction.sealed_events_of([number], part)
            shown = transaction.disclosed_of([number], part)
            assert [one.event_id for one in sealed] == wanted
            assert sorted(event_id for _, event_id in shown) == wanted
            assert [one for one in ids if part.holds(one)] == wanted


def test_entries_are_given_by_their_numbers(ground: Ground) -> None:
    """In their order, each as the feed had it."""
    number, *_ = everybody(ground)
    first = ground.record(EntryKind.GIVEN.value, number, 0, agreement_id=AgreementId("a.b"))
    ground.record(EntryKind.AGREEMENT.value, agreement_id=AgreementId("a.b"))
    third = ground.record(EntryKind.ERASED.value, number, 0)

    with ground.store.begin() as transaction:
        found = transaction.entries([third, first])

    assert [(one.seq, one.kind, one.participant_id) for one in found] == [
        (first, EntryKind.GIVEN, number),
        (third, EntryKind.ERASED, number),
    ]


def test_a_walk_over_everybody_meets_each_person_with_events_once(ground: Ground) -> None:
    """Of its own partitions; of some services, if they are named; until they are forgotten."""
    numbers = everybody(ground, (0, 2, 1))
    with ground.store.begin() as transaction:
        transaction.add_to_journal([row(number) for number in numbers])
        transaction.add_to_journal(
            [replace(row(numbers[1], OTHER), service_id=ServiceId("college-c.b"))]
        )

    def met(*services: ServiceId) -> list[PassportNumber]:
        found: list[PassportNumber] = []
        last = PassportNumber("")
        with ground.store.begin() as transaction:
            while chunk := transaction.people_with_events((0, 2), list(services) or None, last):
                found += chunk
                last = chunk[-1]
        return found

    assert met() == sorted(numbers[:2])
    assert met(ServiceId("college-c.b")) == [numbers[1]]
    assert met(ServiceId("college-c.unheard-of")) == []
    ground.record(EntryKind.ERASED.value, numbers[0], 0)
    with ground.begin() as records:
        records.close_person(numbers[0])
    assert met() == sorted(numbers[:2])
    with ground.begin() as records:
        records.forget_person(numbers[0])
    assert met() == [numbers[1]]
