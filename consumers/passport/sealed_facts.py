"""The facts of an event, sealed: the database holds whose event it is and its id, and no more.

One ciphertext holds them all, so that not even a count of rows tells which categories there are. It
opens with the participant's key alone: when that is destroyed, every copy of the row is noise.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import JsonValue

from consent_ledger.journal.vault import seal, unseal
from schemas.categories import Category
from schemas.identifiers import EventId, PassportNumber, ProviderId, ServiceId


class PassportFact(NamedTuple):
    """One value of one event.

    `value` is never null and never an empty list: what is unknown is no fact.
    """

    participant_id: PassportNumber
    event_id: EventId
    category: Category
    field: str
    value: JsonValue
    event: str
    provider_id: ProviderId
    service_id: ServiceId
    occurred_at: datetime


def seal_facts(facts: Sequence[PassportFact], key: AESGCM) -> bytes:
    """Return the facts of one event, one at least, sealed under its participant's key."""
    first = facts[0]
    of_event = [first.event, first.provider_id, first.service_id, first.occurred_at.isoformat()]
    values = [[fact.category, fact.field, fact.value] for fact in facts]
    content = json.dumps([*of_event, values], ensure_ascii=False, separators=(",", ":"))
    return seal(key, content.encode(), _about(first.participant_id, first.event_id))


def unseal_facts(
    participant_id: PassportNumber, event_id: EventId, sealed: bytes, key: AESGCM
) -> list[PassportFact]:
    """Return the facts; UnsealError when the row was altered, moved, or has another key."""
    content = json.loads(unseal(key, sealed, _about(participant_id, event_id)))
    event, provider_id, service_id, occurred_at, values = content
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


def _about(participant_id: PassportNumber, event_id: EventId) -> bytes:
    # the journal's rows are sealed under the same key, and none of them is a passport's
    return f"passport|{participant_id}|{event_id}".encode()
