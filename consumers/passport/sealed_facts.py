"""An event of the passport, sealed: the database holds whose event it is and its id, and no more.

One ciphertext holds the value that the tray gave, so that not even a count of rows tells which
categories there are. It opens with the participant's key alone: when that is destroyed, every copy
of the row is noise.
"""

import json
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.journal.vault import seal, unseal
from consumers.changes import Upsert
from consumers.passport.event_facts import PassportFact, facts_of
from schemas.categories import Category
from schemas.framing import MAGIC
from schemas.identifiers import EventId, PassportNumber


def seal_event(change: Upsert, key: AESGCM) -> bytes:
    """Return an event sealed under its participant's key."""
    return seal(key, change.value, _about(change.participant, change.event_id))


def unseal_facts(
    participant_id: PassportNumber, event_id: EventId, sealed: bytes, key: AESGCM
) -> list[PassportFact]:
    """Return the facts; UnsealError when the row was altered, moved, or has another key."""
    content = unseal(key, sealed, _about(participant_id, event_id))
    if content[0] == MAGIC:
        return list(facts_of(Upsert(participant_id, event_id, content)))
    return _facts_in(content, participant_id, event_id)


def _facts_in(
    content: bytes, participant_id: PassportNumber, event_id: EventId
) -> list[PassportFact]:
    """Return the facts of a row that was written as JSON, before a row held the tray's value."""
    event, provider_id, service_id, occurred_at, values = json.loads(content)
    moment = datetime.fromisoformat(occurred_at)
    return [
        PassportFact(
            participant_id=participant_id,
            event_id=event_id,
            category=Category(category),
            field=field,
            value=value,
            event=event,
            provider_id=provider_id,
            service_id=service_id,
            occurred_at=moment,
        )
        for category, field, value in values
    ]


def _about(participant_id: str, event_id: EventId) -> bytes:
    # the journal's rows are sealed under the same key, and none of them is a passport's
    return f"passport|{participant_id}|{event_id}".encode()
