"""What a door tells of a person, read once: for comparing, for finding, and for keeping."""

import json
from datetime import date
from typing import NamedTuple

from consent_ledger.matching.blocking import blocking_digests
from consent_ledger.matching.reading import CONTACT_FIELDS, Doubt, read
from consent_ledger.matching.traits import Traits
from consent_ledger.register.match_keys import MatchKey
from schemas.blocks import Contact, Identity
from schemas.derivation import derived_token
from schemas.errors import MalformedError

_NOTHING = Traits()


class IdentityError(MalformedError):
    """What was told of a person cannot be: `problems` name fields and reasons, never a value."""

    def __init__(self, doubts: tuple[Doubt, ...]) -> None:
        self.problems = tuple(doubt.in_words for doubt in doubts)
        super().__init__("What was told of the person cannot be.", "\n".join(self.problems))


class Telling(NamedTuple):
    """What a provider tells of a person. `doubts` are of what was told and taken as absent."""

    text: str
    traits: Traits
    doubts: tuple[Doubt, ...]

    @property
    def is_anything(self) -> bool:
        """Whether anything was told by which the person may be known again."""
        return self.traits != _NOTHING

    def digest(self, key: bytes) -> bytes:
        """Return what the same telling has in common, under a key."""
        return derived_token(key, "kept identity", self.text)[:16]


def told_of(identity: Identity, contact: Contact, today: date) -> Telling:
    """Return what a provider tells of a person; IdentityError where that cannot be."""
    reading = read(identity, contact, today=today)
    refused = tuple(doubt for doubt in reading.doubts if doubt.is_refused)
    if refused:
        raise IdentityError(refused)
    said = {
        "identity": identity.model_dump(mode="json", exclude_none=True),
        "contact": contact.model_dump(mode="json", exclude_none=True, include={*CONTACT_FIELDS}),
    }
    given = {**said["identity"], **said["contact"]}
    doubts = tuple(doubt for doubt in reading.doubts if doubt.field in given)
    return Telling(json.dumps(said, sort_keys=True), reading.traits, doubts)


def keys_of(traits: Traits, key: bytes) -> list[MatchKey]:
    """Return the digests by which a person is found, in one order for everybody."""
    return sorted(MatchKey(str(kind), value) for kind, value in blocking_digests(traits, key))
