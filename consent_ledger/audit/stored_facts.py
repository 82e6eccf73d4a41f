"""What the audit starts from: the ledger's leaves, the people, the journal, what was disclosed."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from typing_extensions import override

from consent_ledger.tables.delivery import disclosure, journal
from consent_ledger.tables.register import participant
from consent_ledger.tables.transparency_log import entry
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
)


class StoredPerson(NamedTuple):
    """An active participant as stored."""

    participant_id: PassportNumber
    ledger_id: str
    salt: bytes
    sealed_key: bytes


class StoredEvent(NamedTuple):
    """A revision of an event as stored."""

    participant_id: PassportNumber
    event_id: EventId
    revision: int
    provider_id: ProviderId
    service_id: ServiceId
    digest: bytes
    sealed: bytes


class StoredDisclosure(NamedTuple):
    """The last record that was sent of an event to one tray under one number."""

    participant_id: PassportNumber
    event_id: EventId
    agreement_id: AgreementId
    shown_as: PassportNumber
    issue: int
    is_tombstone: bool
    decided_by: LedgerIndex


class StoredFacts(Protocol):
    """What the audit starts from."""

    def leaves(self) -> Iterable[bytes]:
        """Return the ledger's leaves, in order."""

    def people(self) -> Iterable[StoredPerson]:
        """Return every active participant."""

    def events(self) -> Iterable[StoredEvent]:
        """Return the journal by participant and event, each event's revisions in order."""

    def disclosures(self) -> Iterable[StoredDisclosure]:
        """Return the last disclosure of every event, by tray and the number in its key."""


class PostgresFacts(StoredFacts):
    """The stored facts in PostgreSQL, as the connection's transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def leaves(self) -> Iterable[bytes]:
        rows = self._connection.execute(select(entry.c.leaf).order_by(entry.c.seq))
        return (bytes(leaf) for (leaf,) in rows)

    @override
    def people(self) -> Iterable[StoredPerson]:
        columns = (participant.c[name] for name in StoredPerson._fields)
        rows = self._connection.execute(select(*columns).where(participant.c.state == "active"))
        return (StoredPerson(row[0], str(row[1]), bytes(row[2]), bytes(row[3])) for row in rows)

    @override
    def events(self) -> Iterable[StoredEvent]:
        columns = (journal.c[name] for name in StoredEvent._fields)
        rows = self._connection.execution_options(yield_per=1000).execute(
            select(*columns).order_by(
                journal.c.participant_id, journal.c.event_id, journal.c.revision
            )
        )
        return (StoredEvent(row[0], EventId(str(row[1])), *row[2:]) for row in rows)

    @override
    def disclosures(self) -> Iterable[StoredDisclosure]:
        shown_as = func.coalesce(disclosure.c.shown_as, disclosure.c.participant_id)
        place = (
            disclosure.c.participant_id,
            disclosure.c.event_id,
            disclosure.c.agreement_id,
            shown_as,
        )
        rows = self._connection.execution_options(yield_per=1000).execute(
            select(*place, disclosure.c.issue, disclosure.c.mask == 0, disclosure.c.decided_by)
            .ext(distinct_on(*place))
            .order_by(*place, disclosure.c.turn.desc())
        )
        return (StoredDisclosure(row[0], EventId(str(row[1])), *row[2:]) for row in rows)
