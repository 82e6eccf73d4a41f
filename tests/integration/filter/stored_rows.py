"""What the conformance suites of the filter's store write: rows of the journal, and turns."""

from uuid import UUID

from consent_ledger.filter.store import ShardLease, Store
from consent_ledger.journal.disclosures import NewDisclosure
from consent_ledger.journal.journal import JournalRow
from schemas.categories import Category
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
)
from tests.support.store_grounds import NOW

EVENT = EventId(str(UUID(int=1)))
OTHER = EventId(str(UUID(int=2)))
PARTICIPATION = Category.PARTICIPATION.bit


def hold_of(store: Store, shard_id: int = 0) -> ShardLease:
    """Take a shard over."""
    with store.begin() as transaction:
        return transaction.acquire(shard_id)


def row(participant_id: PassportNumber, event_id: EventId = EVENT, revision: int = 1) -> JournalRow:
    """Return a row of the journal."""
    sealed = f"{event_id}/{revision}".encode()
    return JournalRow(
        participant_id=participant_id,
        event_id=event_id,
        revision=revision,
        provider_id=ProviderId("college-c"),
        service_id=ServiceId("college-c.a"),
        digest=sealed[::-1],
        sealed=sealed,
    )


def disclosed(
    participant_id: PassportNumber,
    issue: int,
    agreement_id: AgreementId = AgreementId("a.b"),
    shown_as: str | None = None,
) -> NewDisclosure:
    """Return what a turn is about to send."""
    name = shown_as or participant_id
    return NewDisclosure(
        participant_id=participant_id,
        event_id=EVENT,
        agreement_id=agreement_id,
        shown_as=PassportNumber(name),
        issue=issue,
        mask=PARTICIPATION,
        by_sensitive_gate=False,
        digest=b"digest",
        decided_by=LedgerIndex(7),
    )


def send(store: Store, lease: ShardLease, *rows: NewDisclosure, is_closed: bool = True) -> None:
    """Do a turn that sends these, to its end or not."""
    with store.begin() as transaction:
        turn = transaction.open_turn(lease, NOW)
        transaction.add_disclosures(turn, rows)
    if is_closed:
        with store.begin() as transaction:
            transaction.close_turn(lease, {}, transaction.fence(lease), [])
