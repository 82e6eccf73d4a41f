"""What recording needs of a database: said once, run on PostgreSQL and on the one in memory."""

import pytest

from consent_ledger.consent.decisions import NO_STANDING, Standing
from consent_ledger.consent.new_terms import enter_agreements
from consent_ledger.filter.store import Cursor
from consent_ledger.journal.disclosures import GONE, NewDisclosure, TrayPlace
from consent_ledger.journal.journal import JournalRow
from consent_ledger.journal.sealed_keys import EpochInUseError, Holder, SealedKey
from consent_ledger.ledger.entries import EntryKind
from schemas.categories import NOTHING, Category
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
)
from tests.support.ground import Ground
from tests.support.store_grounds import KEY, NOW, everybody, failing
from tests.support.trays_planned import make_agreement

NEWER = b"newer..."
PARTICIPATION = Category.PARTICIPATION.bit
EVENT = EventId("00000000-0000-0000-0000-000000000001")


def come_past(ground: Ground, shard_id: int, seq: LedgerIndex) -> None:
    """Let a shard carry out everything before an entry."""
    with ground.store.begin() as transaction:
        lease = transaction.acquire(shard_id)
        transaction.close_turn(lease, {}, Cursor(seq, NOW, NOW), [])


def test_entries_are_numbered_in_the_order_of_their_commits(ground: Ground) -> None:
    """Without a gap, also after a transaction that failed."""
    first = ground.record(EntryKind.AGREEMENT.value, agreement_id=AgreementId("a.b"))

    with failing(ground.begin()) as tx:
        tx.append([b"{}"])
    with ground.begin() as tx:
        two = tx.append([b"one", b"other"])

    assert first == 0
    assert list(two) == [1, 2]


def test_a_standing_is_what_was_set_last(ground: Ground) -> None:
    """Nothing where nobody was asked, nor after a transaction that failed."""
    number, *_ = everybody(ground)
    standing = Standing(
        PARTICIPATION, until=NOW, excluded=frozenset({"charity-b"}), seq=LedgerIndex(4)
    )

    with failing(ground.begin()) as tx:
        tx.set_standing(number, AgreementId("a.b"), standing)
    with ground.begin() as tx:
        assert tx.standing(number, AgreementId("a.b")) == NO_STANDING
        tx.set_standing(number, AgreementId("a.b"), standing)
        tx.set_standing(
            number, AgreementId("a.b"), standing._replace(has_objected=True, seq=LedgerIndex(5))
        )
        tx.set_standing(number, AgreementId("a.c"), standing)

    with ground.begin() as tx:
        assert tx.standing(number, AgreementId("a.b")) == standing._replace(
            has_objected=True, seq=LedgerIndex(5)
        )


def test_standings_come_with_the_agreement_that_is_in_force(ground: Ground) -> None:
    """Its newest version; nothing where there is none of that id, whatever was set."""
    number, other, third = everybody(ground)
    standing = Standing(PARTICIPATION, seq=LedgerIndex(4))
    purposes = [make_agreement(AgreementId(name)) for name in ("a.b", "a.c")]
    newer = purposes[0].model_copy(update={"version": 2, "retention_days": 7})

    with ground.begin() as tx:
        enter_agreements(tx, purposes)
        enter_agreements(tx, [newer])
        for agreement_id in ("a.b", "a.d"):
            tx.set_standing(number, AgreementId(agreement_id), standing)
        tx.set_standing(third, AgreementId("a.b"), standing)

    with ground.begin() as tx:
        assert tx.standings_towards(AgreementId("a.b"), [number, other]) == (
            newer,
            {number: standing, other: NO_STANDING},
        )
        assert tx.standings_towards(AgreementId("a.c"), [number]) == (
            purposes[1],
            {number: NO_STANDING},
        )
        assert tx.standings_towards(AgreementId("a.d"), [number]) is None


def test_the_numbers_of_a_person_begin_with_the_one_that_is_shown(ground: Ground) -> None:
    """Whichever is asked about; a number that was never issued is nobody's."""
    shown, other, alone = everybody(ground)
    with ground.begin() as tx:
        tx.show_as(other, shown, LedgerIndex(8))

    with ground.begin() as tx:
        for asked in (shown, other):
            assert [one.participant_id for one in tx.numbers_of(asked)] == [shown, other]
        assert [one.merged_into for one in tx.numbers_of(other)] == [None, shown]
        assert tx.numbers_of(other)[1].named_seq == 8
        assert [one.participant_id for one in tx.numbers_of(alone)] == [alone]
        assert tx.numbers_of(PassportNumber("NWD-SAMP-1EXX-6")) == []

    with ground.begin() as tx:
        tx.show_as(other, None, LedgerIndex(9))
    with ground.begin() as tx:
        assert [one.participant_id for one in tx.numbers_of(other)] == [other]


def test_what_was_said_of_a_number_since_is_told_in_order(ground: Ground) -> None:
    """Of that number alone, and after the entry."""
    number, other, _ = everybody(ground)
    begin = ground.record(EntryKind.GIVEN.value, number, 0, agreement_id=AgreementId("a.b"))
    ground.record(EntryKind.GIVEN.value, other, 1, agreement_id=AgreementId("a.b"))
    later = [
        ground.record(EntryKind.INFORMED.value, number, 0, agreement_id=AgreementId("a.c")),
        ground.record(
            EntryKind.WITHDRAWN.value,
            number,
            0,
            agreement_id=AgreementId("a.b"),
            with_seq=LedgerIndex(begin),
        ),
    ]

    with ground.begin() as tx:
        said = tx.changes_after(number, LedgerIndex(begin))

    assert [one.seq for one in said] == later
    assert [(one.kind, one.agreement_id, one.with_seq) for one in said] == [
        ("informed", "a.c", None),
        ("withdrawn", "a.b", begin),
    ]


def test_keys_of_older_epochs_are_found_in_batches_and_sealed_again(ground: Ground) -> None:
    """By their holders, until none is left."""
    first, second, third = everybody(ground)
    with ground.begin() as tx:
        tx.begin_epoch(NEWER)
        before = tx.keys_of_other_epochs(Holder.PARTICIPANT, NEWER, after="", limit=2)
        tx.set_sealed_keys(Holder.PARTICIPANT, [SealedKey(second, NEWER + b"again")])

    with ground.begin() as tx:
        after = tx.keys_of_other_epochs(Holder.PARTICIPANT, NEWER, after=first, limit=2)

    assert before == [(first, KEY), (second, KEY)]
    assert after == [(third, KEY)]


def test_an_epoch_is_not_ended_while_a_key_is_under_it(ground: Ground) -> None:
    """Be it a participant's or a dead letter's; then nothing may be sealed under it any more."""
    everybody(ground)
    with ground.begin() as tx:
        tx.begin_epoch(NEWER)
    with ground.store.begin() as transaction:
        transaction.keep_letter_keys({"in.p/0/1": KEY})
        assert transaction.key_epochs() == {KEY[:8], NEWER}
    for holder in Holder:
        with pytest.raises(EpochInUseError), ground.begin() as tx:
            tx.end_other_epochs(NEWER)
        with ground.begin() as tx:
            held = tx.keys_of_other_epochs(holder, NEWER, after="", limit=9)
            tx.set_sealed_keys(holder, [SealedKey(one.holder, NEWER + b"again") for one in held])
    with ground.begin() as tx:
        tx.end_other_epochs(NEWER)

    with ground.begin() as tx:
        assert tx.key_epochs() == {NEWER}


def test_a_letter_that_has_a_key_keeps_it(ground: Ground) -> None:
    """A turn that is done again seals the letter under the same one."""
    everybody(ground)
    with ground.store.begin() as transaction:
        transaction.keep_letter_keys({"in.p/0/1": KEY})

    with ground.store.begin() as transaction:
        kept = transaction.keep_letter_keys({"in.p/0/1": KEY + b"2", "in.p/0/2": KEY + b"3"})

    assert kept == {"in.p/0/1": KEY, "in.p/0/2": KEY + b"3"}


def test_a_key_of_somebody_erased_is_destroyed(ground: Ground) -> None:
    """Whoever is active keeps theirs."""
    number, other, _ = everybody(ground)
    ground.record(EntryKind.ERASED.value, number, 0)
    with ground.begin() as tx:
        tx.close_person(number)
    ground.bring_back(number, KEY, {})

    with ground.begin() as tx:
        tx.destroy_keys_of_erased()

    with ground.store.begin() as transaction:
        people = transaction.people([number, other])
    assert people[number].sealed_key is None
    assert people[other].sealed_key == KEY


def test_somebody_closed_has_no_key_no_salt_and_no_permission(ground: Ground) -> None:
    """And the entry that did it is known until it is finished."""
    number, other, _ = everybody(ground)
    with ground.begin() as tx:
        tx.set_standing(number, AgreementId("a.b"), Standing(PARTICIPATION, seq=LedgerIndex(0)))
    seq = ground.record(EntryKind.ERASED.value, number, 0)
    with ground.begin() as tx:
        tx.close_person(number)

    with ground.begin() as tx:
        (row,) = tx.numbers_of(number)
        assert (row.state, row.salt) == ("erasing", None)
        assert tx.standing(number, AgreementId("a.b")) == NO_STANDING
        assert tx.erasure_of(number) == seq
        held = tx.keys_of_other_epochs(Holder.PARTICIPANT, NEWER, after="", limit=9)
        assert number not in [one.holder for one in held]
        assert tx.erasure_of(other) is None


def test_a_change_is_enforced_when_every_shard_is_past_all_its_parts(ground: Ground) -> None:
    """Also the shard that none of them concerns: it may have shown something under the number."""
    number, other, _ = everybody(ground, (0, 2, 1))
    seq = ground.record(EntryKind.ERASED.value, number, 0)
    part = ground.record(EntryKind.ERASED.value, other, 2, with_seq=LedgerIndex(seq))

    enforced = []
    for shard_id, past in ((0, seq + 1), (1, part + 1), (0, part + 1)):
        come_past(ground, shard_id, LedgerIndex(past))
        with ground.begin() as tx:
            enforced.append(tx.is_enforced(LedgerIndex(seq)))

    assert enforced == [False, False, True]


def test_of_somebody_forgotten_the_bare_number_is_left(ground: Ground) -> None:
    """Not an event, not a disclosure, nothing that joins the number to the ledger's leaves."""
    number, parted, _ = everybody(ground)
    seq = ground.record(EntryKind.ERASED.value, number, 0)
    with ground.store.begin() as transaction:
        lease = transaction.acquire(0)
        transaction.add_to_journal(
            [
                JournalRow(
                    participant_id=number,
                    event_id=EVENT,
                    revision=1,
                    provider_id=ProviderId("college-c"),
                    service_id=ServiceId("college-c.a"),
                    digest=b"digest",
                    sealed=b"sealed",
                )
            ]
        )
        turn = transaction.open_turn(lease, NOW)
        transaction.add_disclosures(
            turn,
            [
                NewDisclosure(
                    participant_id=number,
                    event_id=EVENT,
                    agreement_id=AgreementId("a.b"),
                    shown_as=number,
                    issue=1,
                    mask=PARTICIPATION,
                    by_sensitive_gate=False,
                    digest=b"digest",
                    decided_by=LedgerIndex(0),
                ),
                NewDisclosure(
                    participant_id=parted,
                    event_id=EVENT,
                    agreement_id=AgreementId("a.b"),
                    shown_as=number,
                    issue=1,
                    mask=NOTHING,
                    by_sensitive_gate=None,
                    digest=None,
                    decided_by=LedgerIndex(0),
                ),
            ],
        )
        transaction.close_turn(lease, {}, transaction.fence(lease), [])
    with ground.begin() as tx:
        tx.close_person(number)
    with ground.begin() as tx:
        tx.forget_person(number)

    with ground.begin() as tx:
        (row,) = tx.numbers_of(number)
        assert (row.state, row.ledger_id, row.salt) == ("erased", None, None)
        assert tx.erasure_of(number) is None
        assert tx.changes_after(number, LedgerIndex(-1)) == []
    with ground.store.begin() as transaction:
        assert transaction.sealed_events_of([number]) == []
        assert transaction.disclosed_of([number]) == []
        found = transaction.last_disclosed([(number, EVENT), (parted, EVENT)])
        changes, _ = transaction.changes_since(
            Cursor(LedgerIndex(seq), NOW, NOW), dict.fromkeys((0, 2), LedgerIndex(0))
        )
    assert {key: set(places) for key, places in found.items()} == {
        (parted, EVENT): {TrayPlace(AgreementId("a.b"), PassportNumber(GONE))}
    }
    assert [(one.seq, one.participant_id) for one in changes] == [(seq, None)]
