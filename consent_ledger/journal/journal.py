"""The journal: every accepted event, sealed under its participant's own key."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Integer, Text, bindparam, cast, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from consent_ledger.journal.array_text import array_of
from consent_ledger.journal.bulk import (
    asked_events,
    asking_for,
    between,
    copy_rows,
    for_each,
    is_of,
)
from consent_ledger.journal.copy_format import data, integer, row_of, text, uuid
from consent_ledger.journal.vault import UnsealError, seal, unseal
from consent_ledger.tables.delivery import journal
from schemas.codec import WalkedEvent, walk
from schemas.identifiers import EventId, PassportNumber, ProviderId, ServiceId

_ASKED = asked_events()
_REVISIONS = for_each(
    select(journal.c.revision, journal.c.provider_id, journal.c.digest).where(
        *is_of(journal, _ASKED)
    ),
    "revisions",
)
_KNOWN = select(_ASKED.c.participant_id, cast(_ASKED.c.event_id, Text), _REVISIONS).join_from(
    _ASKED, _REVISIONS, true()
)

_SEALED = (
    select(
        journal.c.participant_id,
        cast(journal.c.event_id, Text),
        journal.c.revision,
        journal.c.provider_id,
        journal.c.service_id,
        journal.c.sealed,
    )
    .ext(distinct_on(journal.c.participant_id, journal.c.event_id))
    .where(journal.c.participant_id == func.any(array_of("ids", Text)))
    .order_by(journal.c.participant_id, journal.c.event_id, journal.c.revision.desc())
)

_ASKED_PEOPLE = (
    func.unnest(array_of("ids", Text)).table_valued("participant_id", name="asked").render_derived()
)
_EVENTS = (
    select(journal.c.event_id)
    .distinct()
    .where(journal.c.participant_id == _ASKED_PEOPLE.c.participant_id)
    .order_by(journal.c.event_id)
    .limit(bindparam("most", type_=Integer))
    .lateral("events")
)
_COUNTS = (
    select(_ASKED_PEOPLE.c.participant_id, func.count(_EVENTS.c.event_id))
    .join_from(_ASKED_PEOPLE, _EVENTS, true(), isouter=True)
    .group_by(_ASKED_PEOPLE.c.participant_id)
)
_NEXT_EVENTS = (
    select(cast(journal.c.event_id, Text))
    .ext(distinct_on(journal.c.event_id))
    .where(journal.c.participant_id == bindparam("of_person"))
    .order_by(journal.c.event_id)
    .offset(bindparam("before", type_=Integer))
    .limit(2)
)


@dataclass(init=False)
class Known:
    """What the journal has of an event: its provider, and the digest of each revision."""

    provider_id: ProviderId
    digests: dict[int, bytes]

    def __init__(self, provider_id: ProviderId, digests: dict[int, bytes]) -> None:
        self.provider_id = provider_id
        self.digests = digests

    @property
    def revision(self) -> int:
        """The revision that counts."""
        return max(self.digests)


@dataclass(init=False)
class JournalRow:
    """One revision of an event, sealed."""

    participant_id: PassportNumber
    event_id: EventId
    revision: int
    provider_id: ProviderId
    service_id: ServiceId
    digest: bytes
    sealed: bytes

    def __init__(
        self,
        *,
        participant_id: PassportNumber,
        event_id: EventId,
        revision: int,
        provider_id: ProviderId,
        service_id: ServiceId,
        digest: bytes,
        sealed: bytes,
    ) -> None:
        self.participant_id = participant_id
        self.event_id = event_id
        self.revision = revision
        self.provider_id = provider_id
        self.service_id = service_id
        self.digest = digest
        self.sealed = sealed


class SealedEvent(NamedTuple):
    """The highest revision of an event, sealed, and what stands beside it."""

    participant_id: PassportNumber
    event_id: EventId
    revision: int
    provider_id: ProviderId
    service_id: ServiceId
    sealed: bytes


def seal_event(event: WalkedEvent, digest: bytes, key: AESGCM, nonce: bytes) -> JournalRow:
    """Return the row of an event, sealed under its participant's key; the nonce is a fresh one."""
    return JournalRow(
        participant_id=event.participant_id,
        event_id=event.event_id,
        revision=event.revision,
        provider_id=event.provider_id,
        service_id=event.service_id,
        digest=digest,
        sealed=seal(key, event.value, _about(event), nonce),
    )


def unseal_event(sealed: SealedEvent, key: AESGCM) -> WalkedEvent:
    """Return the event; UnsealError when the row was altered, moved, or has another key.

    The event says itself what it is about, and is held against the row: so it does not matter that
    rows of 0.1 were sealed for their event alone.
    """
    event = walk(_value(sealed, key))
    if _about(event) != _about(sealed):
        raise _not_as_written(sealed)
    return event


def known_events(
    connection: Connection, events: Collection[tuple[PassportNumber, EventId]]
) -> dict[tuple[PassportNumber, EventId], Known]:
    """Return what the journal has of these events, given as participant and event id."""
    if not events:
        return {}
    rows = connection.execute(_KNOWN, asking_for(events))
    found: dict[tuple[PassportNumber, EventId], Known] = {}
    for participant_id, event_id, revision, provider_id, digest in rows:
        known = found.setdefault((participant_id, event_id), Known(provider_id, {}))
        known.digests[revision] = bytes(digest)
    return found


def add_to_journal(connection: Connection, rows: Iterable[JournalRow]) -> None:
    """Add rows, by COPY. None of them may be in the journal already."""
    columns = [field.name for field in fields(JournalRow)]
    copy_rows(connection, journal, columns, map(_packed, rows))


def _packed(row: JournalRow) -> bytes:
    return row_of(
        text(row.participant_id),
        uuid(row.event_id),
        integer(row.revision),
        text(row.provider_id),
        text(row.service_id),
        data(row.digest),
        data(row.sealed),
    )


def sealed_events_of(
    connection: Connection,
    participant_ids: Collection[PassportNumber],
    after: EventId | None = None,
    upto: EventId | None = None,
) -> list[SealedEvent]:
    """Return the events of participants in their highest revision, of those between these two ids.

    Behind the one, if it is given, and up to the other.
    """
    query = _SEALED.where(*between(journal.c.event_id, after, upto))
    rows = connection.execute(query, {"ids": list(participant_ids)})
    return [SealedEvent(*row) for row in rows]


def event_counts(
    connection: Connection, participant_ids: Collection[PassportNumber], most: int
) -> dict[PassportNumber, int]:
    """Return how many events each participant has, by their ids; no more than so many of each."""
    if not participant_ids:
        return {}
    rows = connection.execute(_COUNTS, {"ids": list(participant_ids), "most": most})
    return {row[0]: row[1] for row in rows}


def end_of_part(
    connection: Connection, participant_id: PassportNumber, after: EventId | None, count: int
) -> EventId | None:
    """Return the last of so many events behind one, None where there are no more than those."""
    query = _NEXT_EVENTS.where(*between(journal.c.event_id, after, None))
    found = connection.scalars(query, {"of_person": participant_id, "before": count - 1}).all()
    return EventId(found[0]) if len(found) > 1 else None


def _about(place: WalkedEvent | SealedEvent) -> bytes:
    """Return what a row's ciphertext is bound to: every column beside it that is believed."""
    bound = str(place.revision), place.provider_id, place.service_id
    return b"|".join((_about_event(place), *(text.encode() for text in bound)))


def _about_event(place: WalkedEvent | SealedEvent) -> bytes:
    return f"{place.participant_id}|{place.event_id}".encode()


def _value(sealed: SealedEvent, key: AESGCM) -> bytes:
    for about in (_about(sealed), _about_event(sealed)):
        with suppress(UnsealError):
            return unseal(key, sealed.sealed, about)
    raise _not_as_written(sealed)


def _not_as_written(sealed: SealedEvent) -> UnsealError:
    return UnsealError(
        f"The journal's row of event {sealed.event_id}, revision {sealed.revision}, is not as it"
        " was written, or has another key.",
        "`nwd audit` names every such row. Take it from a backup of the database.",
    )
