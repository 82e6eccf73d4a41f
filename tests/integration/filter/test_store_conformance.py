"""What every store must do for a filter: said once, run on PostgreSQL and on the one in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.people import ShownAs
from consent_ledger.filter.store import (
    Cursor,
    Enforced,
    FencedError,
    Waiting,
)
from consent_ledger.filter.sweep import Sweep
from consent_ledger.journal.disclosures import Disclosed, TrayPlace
from consent_ledger.journal.journal import SealedEvent
from consent_ledger.ledger.enforcement import Cost
from consent_ledger.ledger.entries import EntryKind
from schemas.categories import NOTHING
from schemas.identifiers import (
    AgreementId,
    LedgerIndex,
    PassportNumber,
    TopicName,
)
from tests.integration.filter.stored_rows import (
    EVENT,
    OTHER,
    PARTICIPATION,
    disclosed,
    hold_of,
    row,
    send,
)
from tests.support.ground import Ground
from tests.support.store_grounds import KEY, NOW, everybody, failing


def test_whoever_is_replaced_is_fenced(ground: Ground) -> None:
    """Of one shard alone: the other goes on."""
    first, beside = hold_of(ground.store), hold_of(ground.store, 1)
    second = hold_of(ground.store)

    assert (first.partitions, beside.partitions) == ((0, 2), (1, 3))
    with ground.store.begin() as transaction:
        assert (
            transaction.fence(second)
            == transaction.fence(beside)
            == Cursor(LedgerIndex(0), NOW, NOW)
        )
    said = pytest.raises(FencedError, match="Shard 0 was taken over by another process")
    with said, ground.store.begin() as transaction:
        transaction.fence(first)


def test_a_transaction_that_fails_leaves_nothing(ground: Ground) -> None:
    """Not a row of the journal, not a turn, not a position."""
    number, *_ = everybody(ground)
    lease = hold_of(ground.store)

    with failing(ground.store.begin()) as transaction:
        transaction.add_to_journal([row(number)])
        turn = transaction.open_turn(lease, NOW)
        transaction.add_disclosures(turn, [disclosed(number, 1)])
        transaction.close_turn(
            lease,
            {(TopicName("in.a"), 0): 5},
            Cursor(LedgerIndex(9), NOW + timedelta(days=1), NOW + timedelta(days=1)),
            [Enforced(LedgerIndex(0), {AgreementId("borough-d.support"): Cost(1, 1)}, 0)],
            begun=[Sweep(0, NOW, NOW)],
        )

    with ground.store.begin() as transaction:
        assert transaction.known_events([(number, EVENT)]) == {}
        assert transaction.sealed_events_of([number]) == []
        assert transaction.last_disclosed([(number, EVENT)]) == {}
        assert transaction.positions_of([TopicName("in.a")], [0]) == {("in.a", 0): None}
        assert transaction.fence(lease) == Cursor(LedgerIndex(0), NOW, NOW)
        assert transaction.sweeps(lease) == []


def test_the_feed_is_read_from_the_cursor_on(ground: Ground) -> None:
    """A shard gets what concerns its partitions or everybody, and goes on behind all of it.

    Where an earlier shard has carried out what a partition was asked, it begins behind that.
    """
    number, other, _ = everybody(ground)
    ground.record(EntryKind.REGISTERED.value, number, 0)
    mine = ground.record(EntryKind.GIVEN.value, number, 0, agreement_id=AgreementId("a.b"))
    ground.record(EntryKind.GIVEN.value, other, 1, agreement_id=AgreementId("a.b"))
    terms = ground.record(EntryKind.AGREEMENT.value, agreement_id=AgreementId("a.b"))
    last = ground.record(EntryKind.GIVEN.value, other, 1, agreement_id=AgreementId("a.c"))
    own = dict.fromkeys((0, 2), LedgerIndex(0))

    with ground.store.begin() as transaction:
        found, after = transaction.changes_since(Cursor(LedgerIndex(mine), NOW, NOW), own)
        nothing = transaction.changes_since(Cursor(after, NOW, NOW), own)
        later = transaction.changes_since(Cursor(LedgerIndex(mine), NOW, NOW), own | {0: terms})
        newest = transaction.last_change_of_terms()

    assert [(one.seq, one.kind, one.participant_id, one.agreement_id) for one in found] == [
        (mine, EntryKind.GIVEN, number, "a.b"),
        (terms, EntryKind.AGREEMENT, None, "a.b"),
    ]
    assert after == last + 1
    assert nothing == ([], after)
    assert ([one.seq for one in later[0]], later[1]) == ([terms], after)
    assert newest == terms


def test_a_grant_runs_out_once(ground: Ground) -> None:
    """The moment itself counts, what was looked at before does not, and only one's own people."""
    numbers = everybody(ground)
    for number in numbers:
        with ground.begin() as records:
            records.set_standing(
                number, AgreementId("a.b"), Standing(PARTICIPATION, until=NOW, seq=LedgerIndex(0))
            )
            records.set_standing(
                number, AgreementId("a.c"), Standing(PARTICIPATION, seq=LedgerIndex(0))
            )
    second = timedelta(seconds=1)

    with ground.store.begin() as transaction:
        on_time = transaction.expired_since(NOW - second, NOW, (0, 2))
        too_soon = transaction.expired_since(NOW - second, NOW - second / 2, (0, 2))
        again = transaction.expired_since(NOW, NOW + second, (0, 2))

    assert sorted(on_time) == [(numbers[0], "a.b"), (numbers[2], "a.b")]
    assert too_soon == again == []


def test_a_locked_shard_is_told_all_that_the_ledger_asks(ground: Ground) -> None:
    """What has come since its cursor, also the newest entry alone, and what has run out since.

    Where a clock was set back, what had run out before, too.
    """
    number, *_, third = everybody(ground)
    second = timedelta(seconds=1)
    for each, until in ((number, NOW + second), (third, NOW - second)):
        with ground.begin() as records:
            records.set_standing(
                each, AgreementId("a.b"), Standing(PARTICIPATION, until=until, seq=LedgerIndex(0))
            )
    terms = ground.record(EntryKind.SERVICE.value)
    lease = hold_of(ground.store)
    begins = dict.fromkeys(lease.partitions, LedgerIndex(0))
    behind = Cursor(LedgerIndex(terms + 1), NOW, NOW)

    with ground.store.begin() as transaction:
        transaction.fence(lease)
        newest = transaction.changes_since(Cursor(terms, NOW, NOW), begins)
        nothing = transaction.changes_since(behind, begins)
        of_terms = transaction.last_change_of_terms()
        run_out = transaction.expired_since(NOW, NOW + second, lease.partitions)
        too_soon = transaction.expired_since(NOW, NOW + second / 2, lease.partitions)
        before = transaction.expired_since(NOW - 2 * second, NOW, lease.partitions)
    later = ground.record(EntryKind.GIVEN.value, number, 0, agreement_id=AgreementId("a.b"))
    with ground.store.begin() as transaction:
        transaction.fence(lease)
        found, after = transaction.changes_since(behind, begins)

    assert ([one.seq for one in newest[0]], newest[1]) == ([terms], terms + 1)
    assert nothing == ([], terms + 1)
    assert of_terms == terms
    assert (run_out, too_soon, before) == ([(number, "a.b")], [], [(third, "a.b")])
    assert ([one.seq for one in found], after) == ([later], later + 1)


def test_people_come_with_their_standings_and_the_name_they_go_by(ground: Ground) -> None:
    """Numbers that were never issued are left out."""
    number, other, _ = everybody(ground)
    standing = Standing(
        PARTICIPATION, excluded=frozenset({"charity-b"}), is_informed=True, seq=LedgerIndex(0)
    )
    with ground.begin() as records:
        records.set_standing(number, AgreementId("a.b"), standing)
        records.show_as(other, number, LedgerIndex(3))

    with ground.store.begin() as transaction:
        people = transaction.people([number, other, PassportNumber("NWD-SAMP-1EXX-6")])

    assert set(people) == {number, other}
    assert people[number].state == "active"
    assert people[number].sealed_key == KEY
    assert people[number].standings == {"a.b": standing}
    assert people[number].name == ShownAs(number)
    assert people[other].name == ShownAs(number, LedgerIndex(3))


def test_the_journal_gives_the_highest_revision_and_knows_each(ground: Ground) -> None:
    """In whatever order they came."""
    number, other, _ = everybody(ground)
    with ground.store.begin() as transaction:
        transaction.add_to_journal([row(number, revision=2), row(number, OTHER)])
    with ground.store.begin() as transaction:
        transaction.add_to_journal([row(number, revision=1)])

    with ground.store.begin() as transaction:
        known = transaction.known_events([(number, EVENT), (other, EVENT)])
        sealed = transaction.sealed_events_of([number, other])

    assert set(known) == {(number, EVENT)}
    assert known[number, EVENT].provider_id == "college-c"
    assert known[number, EVENT].digests == {n: row(number, revision=n).digest for n in (1, 2)}
    wanted = (row(number, revision=2), row(number, OTHER))
    assert sorted(sealed) == [
        SealedEvent._make(getattr(one, name) for name in SealedEvent._fields) for one in wanted
    ]


def test_a_revision_is_journalled_once(ground: Ground) -> None:
    """A second one would be another truth."""
    number, *_ = everybody(ground)
    with ground.store.begin() as transaction:
        transaction.add_to_journal([row(number)])

    with pytest.raises(Exception, match=r"already|duplicate"), ground.store.begin() as transaction:
        transaction.add_to_journal([row(number)])


def test_the_last_turn_counts_at_each_place(ground: Ground) -> None:
    """By agreement, and by the number in whose name it was sent."""
    number, other, _ = everybody(ground)
    lease = hold_of(ground.store)
    send(ground.store, lease, disclosed(number, 1), disclosed(number, 1, AgreementId("a.c")))
    send(ground.store, lease, disclosed(number, 2), disclosed(number, 1, shown_as=other))

    with ground.store.begin() as transaction:
        found = transaction.last_disclosed([(number, EVENT), (other, EVENT)])

    def sent(issue: int) -> Disclosed:
        return Disclosed(PARTICIPATION, b"digest", issue, is_confirmed=True)

    assert found == {
        (number, EVENT): {
            TrayPlace(AgreementId("a.b"), number): sent(2),
            TrayPlace(AgreementId("a.c"), number): sent(1),
            TrayPlace(AgreementId("a.b"), other): sent(1),
        }
    }
    with ground.store.begin() as transaction:
        assert transaction.disclosed_of([number, other]) == [(number, EVENT)]


def test_what_a_turn_that_was_cut_short_sent_is_not_certain(ground: Ground) -> None:
    """Its successor knows, and what a later turn sent is certain again."""
    number, *_ = everybody(ground)
    send(ground.store, hold_of(ground.store), disclosed(number, 1), is_closed=False)
    successor = hold_of(ground.store)

    with ground.store.begin() as transaction:
        (after,) = transaction.last_disclosed([(number, EVENT)]).values()
    send(ground.store, successor, replace(disclosed(number, 2), mask=NOTHING, digest=None))
    with ground.store.begin() as transaction:
        (later,) = transaction.last_disclosed([(number, EVENT)]).values()

    place = TrayPlace(AgreementId("a.b"), number)
    assert after == {place: Disclosed(PARTICIPATION, b"digest", 1, is_confirmed=False)}
    assert later == {place: Disclosed(NOTHING, None, 2, is_confirmed=True)}


def test_a_closed_turn_moves_what_it_says_and_nothing_else(ground: Ground) -> None:
    """Positions of its own partitions, and its own cursor."""
    lease, beside = hold_of(ground.store), hold_of(ground.store, 1)
    later = Cursor(LedgerIndex(3), NOW + timedelta(hours=1), NOW + timedelta(hours=1))
    with ground.store.begin() as transaction:
        transaction.close_turn(lease, {(TopicName("in.a"), 0): 4}, later, [])
    with ground.store.begin() as transaction:
        transaction.close_turn(
            lease, {(TopicName("in.a"), 2): 1, (TopicName("in.a"), 0): 6}, later, []
        )

    with ground.store.begin() as transaction:
        assert transaction.fence(lease) == later
        assert transaction.fence(beside) == Cursor(LedgerIndex(0), NOW, NOW)
        assert transaction.positions_of([TopicName("in.a"), TopicName("in.b")], (0, 2)) == {
            ("in.a", 0): 6,
            ("in.a", 2): 1,
            ("in.b", 0): None,
            ("in.b", 2): None,
        }


def test_the_moments_that_turns_decided_for_count_until_one_is_closed(ground: Ground) -> None:
    """Those of a turn that was cut short too: clocks can be set back, or be fast for a while."""
    lease = hold_of(ground.store)
    early, late = NOW - timedelta(days=1), NOW + timedelta(days=1)
    with ground.store.begin() as transaction:
        transaction.open_turn(lease, late)
    lease = hold_of(ground.store)
    with ground.store.begin() as transaction:
        transaction.open_turn(lease, early)
    with failing(ground.store.begin()) as transaction:
        transaction.open_turn(lease, late + timedelta(days=1))

    with ground.store.begin() as transaction:
        assert transaction.fence(lease) == Cursor(LedgerIndex(0), early, late)
    with ground.store.begin() as transaction:
        transaction.close_turn(lease, {}, Cursor(LedgerIndex(0), early, early), [])
    with ground.store.begin() as transaction:
        assert transaction.fence(lease) == Cursor(LedgerIndex(0), early, early)


def test_what_waits_does_so_since_it_began_and_until_it_is_settled(ground: Ground) -> None:
    """By agreement, partition and interval; a rollback settles nothing and lets nothing wait."""
    first, second, third = everybody(ground, (0, 2, 1))
    lease, name = hold_of(ground.store), AgreementId("a.b")
    early = [Waiting(first, EVENT, name), Waiting(third, EVENT, name)]
    late = [Waiting(first, EVENT, name), Waiting(second, OTHER, name)]
    beside = Waiting(first, EVENT, AgreementId("a.c"))
    with ground.store.begin() as transaction:
        transaction.add_waiting([*early, beside], NOW)
    with ground.store.begin() as transaction:
        transaction.add_waiting(late, NOW + timedelta(hours=1))
    with failing(ground.store.begin()) as transaction:
        transaction.add_waiting([Waiting(second, EVENT, name)], NOW)
        transaction.close_turn(lease, {}, transaction.fence(lease), [], late)

    with ground.store.begin() as transaction:
        after, day = NOW + timedelta(minutes=1), timedelta(days=1)
        assert transaction.waiting_outside(name, after, after + day, (0, 2)) == [first]
        assert transaction.waiting_outside(name, NOW - day, after, (0, 2)) == [second]
        assert transaction.waiting_outside(name, NOW - day, NOW, (1,)) == [third]
        assert transaction.waiting_of([first, second], [name]) == late
        transaction.close_turn(
            lease, {}, transaction.fence(lease), [], [*late, Waiting(third, OTHER, name)]
        )
    with ground.store.begin() as transaction:
        assert transaction.waiting_of([first, second, third], [name]) == early[1:]
        assert transaction.waiting_of([first], [beside.agreement_id]) == [beside]
        assert transaction.waiting_of([], [name]) == []
