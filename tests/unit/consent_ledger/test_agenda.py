"""Whom a turn looks at again, and what of a change is told as its cost, once it is enforced."""

from datetime import timedelta
from typing import cast
from unittest.mock import Mock

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.filter.agenda import Agenda, costs_of, enforced_by, read_agenda
from consent_ledger.filter.planning import Delivery
from consent_ledger.filter.records import OutRecord
from consent_ledger.filter.store import Cursor, FeedEntry, FilterTransaction, ShardLease
from consent_ledger.filter.sweep import Sweep
from consent_ledger.journal.disclosures import NewDisclosure
from consent_ledger.ledger.enforcement import Cost
from consent_ledger.ledger.entries import EntryKind
from schemas.categories import NOTHING
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber, TopicName
from tests.support.trays_planned import NOW

ADA, BEN = PassportNumber("NWD-SAMP-1E00-9"), PassportNumber("NWD-SAMP-1E01-B")
COUNCIL, COLLEGE = AgreementId("council.support"), AgreementId("college.outcomes")


def delivery(
    who: PassportNumber, agreement: AgreementId, *, is_tombstone: bool = False
) -> Delivery:
    """Return something that is sent of somebody."""
    value = None if is_tombstone else b"value"
    return Delivery(
        OutRecord(TopicName(f"out.{agreement}"), 0, b"key", value, []),
        NewDisclosure(
            participant_id=who,
            event_id=EventId("event"),
            agreement_id=agreement,
            shown_as=who,
            issue=1,
            mask=NOTHING,
            by_sensitive_gate=None,
            digest=None,
            decided_by=LedgerIndex(1),
        ),
    )


def change(
    seq: int,
    kind: EntryKind,
    who: PassportNumber | None = ADA,
    agreement: AgreementId | None = None,
) -> FeedEntry:
    """Return an entry of the feed."""
    return FeedEntry(LedgerIndex(seq), kind, who, agreement, None, NOW)


SENT = [
    delivery(ADA, COUNCIL),
    delivery(ADA, COUNCIL),
    delivery(ADA, COUNCIL, is_tombstone=True),
    delivery(ADA, COLLEGE, is_tombstone=True),
    delivery(BEN, COUNCIL),
]


def test_a_change_costs_what_was_written_and_retracted_under_its_agreement() -> None:
    """Neither another agreement's records, nor another person's."""
    changes = [change(7, EntryKind.GIVEN, ADA, COUNCIL)]

    (found,) = enforced_by(changes, costs_of(changes, SENT), 0)

    assert (found.seq, found.cost) == (7, {COUNCIL: Cost(2, 1)})


def test_of_several_people_with_changes_each_has_what_was_sent_of_them() -> None:
    """And of somebody without a change nothing is added up."""
    of_ada = change(7, EntryKind.GIVEN, ADA, COUNCIL)
    of_ben = change(8, EntryKind.GIVEN, BEN, COUNCIL)

    both = enforced_by([of_ada, of_ben], costs_of([of_ada, of_ben], SENT), 0)

    assert [one.cost for one in both] == [{COUNCIL: Cost(2, 1)}, {COUNCIL: Cost(1, 0)}]
    assert costs_of([of_ben], SENT).keys() == {BEN}


def test_of_several_changes_to_one_standing_the_last_was_carried_out() -> None:
    """The others cost nothing: what they asked for was never sent."""
    changes = [
        change(7, EntryKind.GIVEN, ADA, COUNCIL),
        change(8, EntryKind.WITHDRAWN, ADA, COUNCIL),
        change(9, EntryKind.GIVEN, ADA, COLLEGE),
    ]

    found = {one.seq: one.cost for one in enforced_by(changes, costs_of(changes, SENT), 0)}

    assert found == {7: {COUNCIL: Cost()}, 8: {COUNCIL: Cost(2, 1)}, 9: {COLLEGE: Cost(0, 1)}}


def test_an_erasure_a_merge_and_a_parting_cost_what_was_sent_of_the_person() -> None:
    """Under every agreement: each has its time in the ledger, too."""
    for kind in (EntryKind.ERASED, EntryKind.MERGED, EntryKind.UNMERGED):
        changes = [change(7, kind)]

        (found,) = enforced_by(changes, costs_of(changes, SENT), 0)

        assert found.cost == {COUNCIL: Cost(2, 1), COLLEGE: Cost(0, 1)}


def test_a_changed_agreement_costs_what_was_sent_over_everybody() -> None:
    """It is counted while everybody is looked at."""
    over_everybody = {COUNCIL: Cost(4, 5)}

    (found,) = enforced_by(
        [change(7, EntryKind.AGREEMENT, None, COUNCIL)], {None: over_everybody}, 0
    )

    assert found.cost == over_everybody


def agenda_of(*changes: FeedEntry) -> Agenda:
    """Return what a turn is to do after these changes."""
    transaction = Mock(FilterTransaction)
    transaction.changes_since.return_value = list(changes), LedgerIndex(changes[-1].seq + 1)
    transaction.expired_since.return_value = []
    return read_agenda(
        cast("FilterTransaction", transaction),
        Cursor(LedgerIndex(0), NOW, NOW),
        AgreementsInForce({}, {}, frozenset()),
        lease=ShardLease(0, 1, {0: LedgerIndex(0)}),
        now=NOW,
        tick_every=timedelta(days=1),
    )


def scope_of(*changes: FeedEntry) -> dict[PassportNumber, set[AgreementId] | None]:
    """Return whom a turn looks at again after these changes."""
    return agenda_of(*changes).scope


def test_what_is_swept_is_no_part_of_the_turn() -> None:
    """All that one person said is put off together, and what nothing asks for is forgotten."""
    agenda = agenda_of(
        change(6, EntryKind.REGISTERED),
        change(7, EntryKind.GIVEN, ADA, COUNCIL),
        change(8, EntryKind.GIVEN, BEN, COUNCIL),
        change(9, EntryKind.AGREEMENT, None, COLLEGE),
        change(10, EntryKind.WITHDRAWN, ADA, COLLEGE),
    )

    of_ada, of_everybody = agenda.put_off([ADA], shard_id=3)

    assert of_ada == Sweep(
        3, NOW, NOW, (LedgerIndex(7), LedgerIndex(10)), ADA, frozenset({COUNCIL, COLLEGE})
    )
    assert of_everybody == Sweep(3, NOW, NOW, (LedgerIndex(9),), agreement_ids=frozenset({COLLEGE}))
    assert [one.seq for one in agenda.changes] == [8]
    assert agenda.scope == {BEN: {COUNCIL}}


def test_everything_of_a_person_is_looked_at_after_a_change_of_their_name() -> None:
    """Under every agreement, those about which nothing was said included; also once erased."""
    found = [
        scope_of(change(7, kind))
        for kind in (EntryKind.MERGED, EntryKind.UNMERGED, EntryKind.ERASED)
    ]

    assert found == [{ADA: None}] * 3


def test_a_change_of_consent_hides_nothing_of_a_merge() -> None:
    """Whichever of the two comes first in a turn."""
    after = scope_of(change(7, EntryKind.MERGED), change(8, EntryKind.GIVEN, ADA, COUNCIL))
    before = scope_of(change(7, EntryKind.GIVEN, ADA, COUNCIL), change(8, EntryKind.MERGED))

    assert after == before == {ADA: None}
