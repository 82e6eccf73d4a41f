"""Match keys: keyed digests of what could show that two records are of one person.

No identifier is stored. Two keys are equal where the kind and the value are. The three kinds here
are of version 0.1: whoever was registered then and has shown up nowhere since is found by them
alone. New keys are of the kinds of `matching.blocking`.
"""

import unicodedata
from typing import Final, NamedTuple

from consent_ledger.matching.official_numbers import TEMPORARY_ULN
from schemas.blocks import Identity
from schemas.derivation import derived_token
from schemas.identifiers import ProviderId

FIRST_KINDS: Final = ("learner number", "National Insurance number", "name and date of birth")
"""The kinds of version 0.1, in words for a person."""


class MatchKey(NamedTuple):
    """What it is of, and its digest."""

    kind: str
    digest: bytes


def first_match_keys(pepper: bytes, identity: Identity) -> list[MatchKey]:
    """Return the keys that version 0.1 kept of an identity: by learner number, NI number, name."""
    found: list[tuple[str, tuple[str, ...]]] = []
    if identity.uln and identity.uln != TEMPORARY_ULN:
        found.append((FIRST_KINDS[0], (identity.uln,)))
    if identity.ni_number:
        found.append((FIRST_KINDS[1], (identity.ni_number[:8],)))
    if identity.given_names and identity.family_name and identity.date_of_birth:
        name = (_plain(identity.given_names), _plain(identity.family_name))
        found.append((FIRST_KINDS[2], (*name, identity.date_of_birth.isoformat())))
    return [MatchKey(kind, derived_token(pepper, "match", kind, *parts)) for kind, parts in found]


def reference_digest(pepper: bytes, provider_id: ProviderId, reference: str) -> bytes:
    """Return the digest of a provider's reference, the same in small letters and in capitals."""
    return derived_token(pepper, "reference", provider_id, reference.strip().upper())


def _plain(name: str) -> str:
    """Return a name without case, accents, spaces and punctuation."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in apart if character.isalnum())
