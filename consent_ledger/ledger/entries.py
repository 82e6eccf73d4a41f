"""The ledger's leaves: canonical JSON, pseudonyms and salted digests only."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

FORMAT: Final = 1
_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class EntryKind(StrEnum):
    """What an entry records."""

    AGREEMENT = "agreement"
    SERVICE = "service"
    REGISTERED = "registered"
    MERGED = "merged"
    UNMERGED = "unmerged"
    TOLD_APART = "told-apart"
    RECONCILED = "reconciled"
    INFORMED = "informed"
    REQUESTED = "requested"
    GIVEN = "given"
    RENEWED = "renewed"
    NARROWED = "narrowed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OBJECTED = "objected"
    OBJECTION_ENDED = "objection-ended"
    ERASED = "erased"
    DISCLOSED = "disclosed"
    ENFORCED = "enforced"
    CERTIFIED = "certified"
    REPAIRED = "repaired"
    KEY = "key"
    API_KEY = "api-key"
    API_KEY_REVOKED = "api-key-revoked"


ABOUT_CONSENT: Final = frozenset(
    {
        EntryKind.REQUESTED,
        EntryKind.GIVEN,
        EntryKind.RENEWED,
        EntryKind.NARROWED,
        EntryKind.REFUSED,
        EntryKind.WITHDRAWN,
        EntryKind.EXPIRED,
        EntryKind.UNMERGED,
        EntryKind.RECONCILED,
    }
)
"""Kinds after which consent to an agreement is in another state than before."""


def leaf(kind: EntryKind, at: datetime, **facts: Any) -> bytes:
    """Return an entry's leaf: JSON with sorted keys and no spaces, so that it has one form."""
    return canonical({"format": FORMAT, "kind": kind.value, "at": moment(at), **facts})


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return JSON in its one form: sorted keys, no spaces, UTF-8."""
    return _CANONICAL.encode(content).encode()


def moment(at: datetime) -> str:
    """Return a moment in UTC, to the microsecond, as leaves write it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def salted_digests(salt: bytes, values: Iterable[str]) -> list[str]:
    """Return digests that confirm a value only to who has the participant's salt, sorted."""
    return sorted(hashlib.sha256(salt + value.encode()).hexdigest() for value in values)
