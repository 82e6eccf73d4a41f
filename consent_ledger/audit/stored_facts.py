"""What the audit starts from: the ledger's leaves, the people, the journal, what was disclosed."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import chain
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from typing_extensions import override

from consent_ledger.tables.delivery import disclosure, journal, waiting
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


class StoredWaiting(NamedTuple):
    """An event that a tray is to show with its next batch, and since when it waits."""

    participant_id: PassportNumber
    event_id: EventId
    agreement_id: AgreementId
    since: datetime


class StoredFacts(Protocol):
    """What the audit starts from."""

    def leaves(self) -> Iterable[bytes]:
        """Return the ledger's leaves, in order."""

    def people(self) -> Iterable[StoredPerson]:
        """Return every active participant."""

    def events(self, people: Collection[PassportNumber]) -> Iterable[StoredEvent]:
        """Return these people's journal by person and event, each event's revisions in order."""

    def disclosures(self, people: Collection[PassportNumber]) -> Iterable[StoredDisclosure]:
        """Return the last disclosure of each of their events, by tray and the number in its key."""

    def waiting(self) -> Iterable[StoredWaiting]:
        """Return what waits for a tray's next batch."""


def _of(people: Collection[PassportNumber]) -> dict[str, list[PassportNumber]]:
    return {"people": list(people)}


def _is_theirs(column: ColumnElement[str]) -> ColumnElement[bool]:
    return column == func.any(bindparam("people", type_=ARRAY(Text)))


_ORDER: Final = (journal.c.participant_id, journal.c.event_id, journal.c.revision)
_EVENTS: Final = (
    select(
        *(
            cast(journal.c.event_id, Text) if name == "event_id" else journal.c[name]
            for name in StoredEvent._fields
        )
    )
    .where(_is_theirs(journal.c.participant_id))
    .order_by(*_ORDER)
)
_PLACE: Final = (
    disclosure.c.participant_id,
    disclosure.c.event_id,
    disclosure.c.agreement_id,
    func.coalesce(disclosure.c.shown_as, disclosure.c.participant_id).label("shown"),
)
_LAST: Final = (
    select(*_PLACE, disclosure.c.issue, disclosure.c.mask, disclosure.c.decided_by)
    .where(_is_theirs(disclosure.c.participant_id))
    .ext(distinct_on(*_PLACE))
    .order_by(*_PLACE, disclosure.c.turn.desc())
    .subquery()
)
_DISCLOSURES: Final = select(
    _LAST.c.participant_id,
    cast(_LAST.c.event_id, Text),
    _LAST.c.agreement_id,
    _LAST.c.shown,
    _LAST.c.issue,
    _LAST.c.mask == 0,
    _LAST.c.decided_by,
)


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
    def events(self, people: Collection[PassportNumber]) -> Iterable[StoredEvent]:
        return map(StoredEvent._make, self._rows(_EVENTS, people))

    @override
    def disclosures(self, people: Collection[PassportNumber]) -> Iterable[StoredDisclosure]:
        return map(StoredDisclosure._make, self._rows(_DISCLOSURES, people))

    @override
    def waiting(self) -> Iterable[StoredWaiting]:
        columns = (waiting.c[name] for name in StoredWaiting._fields)
        rows = self._connection.execute(select(*columns))
        return (StoredWaiting(row[0], EventId(str(row[1])), row[2], row[3]) for row in rows)

    def has_events(self, count: int) -> bool:
        """Return whether the journal has so many revisions of events, or more."""
        counted = select(journal.c.event_id).limit(count).subquery()
        return self._connection.scalar(select(func.count()).select_from(counted)) == count

    def _rows(self, asked: Select[Any], people: Collection[PassportNumber]) -> Iterable[Row[Any]]:
        answer = self._connection.execution_options(yield_per=1000).execute(asked, _of(people))
        return chain.from_iterable(answer.partitions())
