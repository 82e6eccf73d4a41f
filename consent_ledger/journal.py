"""The journal: every accepted event, sealed under its participant's own key."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from consent_ledger.bulk import asked_events, copy_rows
from consent_ledger.tables.delivery import journal
from consent_ledger.vault import seal, unseal
from schemas.codec import WalkedEvent


class Known(NamedTuple):
    """What the journal has of an event: its provider, and the digest of each revision."""

    provider_id: str
    digests: dict[int, bytes]

    @property
    def revision(self) -> int:
        """The revision that counts."""
        return max(self.digests)


class NewRow(NamedTuple):
    """An event to be added, with its digest and the key of its participant."""

    event: WalkedEvent
    digest: bytes
    key: AESGCM


class Journalled(NamedTuple):
    """The value of an event's highest revision."""

    participant_id: str
    event_id: str
    value: bytes


def known_events(
    connection: Connection, events: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Known]:
    """Return what the journal has of these events, given as participant and event id."""
    if not events:
        return {}
    asked = asked_events(events)
    rows = connection.execute(
        select(
            journal.c.participant_id,
            cast(journal.c.event_id, Text),
            journal.c.revision,
            journal.c.provider_id,
            journal.c.digest,
        ).join_from(
            asked,
            journal,
            (journal.c.participant_id == asked.c.participant_id)
            & (journal.c.event_id == asked.c.event_id),
        )
    )
    found: dict[tuple[str, str], Known] = {}
    for participant_id, event_id, revision, provider_id, digest in rows:
        known = found.setdefault((participant_id, event_id), Known(provider_id, {}))
        known.digests[revision] = bytes(digest)
    return found


def add_to_journal(connection: Connection, rows: Sequence[NewRow]) -> None:
    """Seal events and add them, by COPY. None of them may be in the journal already."""
    copy_rows(
        connection,
        journal,
        (
            "participant_id",
            "event_id",
            "revision",
            "provider_id",
            "service_id",
            "digest",
            "sealed",
        ),
        (
            (
                event.participant_id,
                UUID(event.event_id),
                event.revision,
                event.provider_id,
                event.service_id,
                digest,
                seal(key, event.value, _about(event.participant_id, event.event_id)),
            )
            for event, digest, key in rows
        ),
    )


def events_of(connection: Connection, keys: Mapping[str, AESGCM]) -> list[Journalled]:
    """Return the events of participants, given with their keys, in their highest revision.

    Raises:
        UnsealError: a row was changed, moved, or sealed under another key.

    """
    rows = connection.execute(
        select(journal.c.participant_id, cast(journal.c.event_id, Text), journal.c.sealed)
        .ext(distinct_on(journal.c.participant_id, journal.c.event_id))
        .where(journal.c.participant_id == func.any(cast(list(keys), ARRAY(Text))))
        .order_by(journal.c.participant_id, journal.c.event_id, journal.c.revision.desc())
    )
    return [
        Journalled(
            participant_id,
            event_id,
            unseal(keys[participant_id], bytes(sealed), _about(participant_id, event_id)),
        )
        for participant_id, event_id, sealed in rows
    ]


def _about(participant_id: str, event_id: str) -> bytes:
    return f"{participant_id}|{event_id}".encode()
