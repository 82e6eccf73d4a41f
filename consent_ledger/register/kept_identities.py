"""Identities as they are kept: each telling once, sealed under the person's key.

A name of earlier days stays, so that whoever comes with it is known. What was counted of a person
stands beside it in the same ciphertext: an erasure takes exactly that away from the counts.
"""

import json
from collections.abc import Iterable
from datetime import date
from functools import reduce
from typing import Final, NamedTuple

from pydantic import BaseModel

from consent_ledger.journal.vault import Vault, seal, unseal
from consent_ledger.matching.blocking import DIGEST_BYTES
from consent_ledger.matching.reading import read
from consent_ledger.matching.traits import Traits
from consent_ledger.register.identity_rows import KeptIdentity
from consent_ledger.register.told import Telling
from schemas.blocks import Contact, Identity
from schemas.identifiers import PassportNumber, ProviderId

_PADDED_TO: Final = 256
"""Bytes: the length of a ciphertext tells how long a name is no nearer than that."""


class OpenIdentity(NamedTuple):
    """What a provider told of a number. It is personal: it is in memory alone.

    `counted` are the digests of the values that it was the first to bring of this number.
    """

    participant_id: PassportNumber
    shown_as: PassportNumber
    digest: bytes
    provider_id: ProviderId
    identity: Identity
    contact: Contact
    counted: frozenset[bytes]


class _SealedContent(BaseModel):
    """What stands in the ciphertext; `counted` in hexadecimal, one digest behind the other."""

    told_by: str
    counted: str
    identity: Identity
    contact: Contact


class TellingOf(NamedTuple):
    """Which telling of which number by which provider."""

    participant_id: PassportNumber
    digest: bytes
    provider_id: ProviderId


def seal_identity(
    place: TellingOf, told: Telling, counted: frozenset[bytes], sealed_key: bytes, vault: Vault
) -> bytes:
    """Return what was told, sealed for the row of its number and digest.

    UnsealError when the participant's key is sealed under another journal key.
    """
    content = json.loads(told.text) | {
        "told_by": place.provider_id,
        "counted": b"".join(sorted(counted)).hex(),
    }
    plain = json.dumps(content)
    padded = plain.ljust(-(-len(plain) // _PADDED_TO) * _PADDED_TO)
    key = vault.open_key(sealed_key, place.participant_id)
    return seal(key, padded.encode(), _about(place.participant_id, place.digest))


def open_identity(kept: KeptIdentity, vault: Vault) -> OpenIdentity:
    """Return what was told; UnsealError when the row was altered, moved, or has another key."""
    key = vault.open_key(kept.sealed_key, kept.participant_id)
    content = _SealedContent.model_validate_json(
        unseal(key, kept.sealed, _about(kept.participant_id, kept.digest))
    )
    counted = bytes.fromhex(content.counted)
    return OpenIdentity(
        kept.participant_id,
        kept.shown_as,
        kept.digest,
        ProviderId(content.told_by),
        content.identity,
        content.contact,
        frozenset(counted[at : at + DIGEST_BYTES] for at in range(0, len(counted), DIGEST_BYTES)),
    )


def traits_of(kept: Iterable[OpenIdentity], today: date) -> Traits:
    """Return all that is known of a person, as it is compared."""
    found = (read(identity.identity, identity.contact, today=today).traits for identity in kept)
    return reduce(Traits.and_also, found, Traits())


def _about(participant_id: PassportNumber, digest: bytes) -> bytes:
    return b"|".join((b"identity", participant_id.encode(), digest))
