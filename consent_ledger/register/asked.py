"""What a provider asks of the register: of whom it tells what, read once for all that follows."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from consent_ledger.matching.blocking import DIGEST_BYTES, Kind, are_enough
from consent_ledger.matching.frequencies import Value, value_digests
from consent_ledger.matching.reading import NO_CONTACT
from consent_ledger.register.kept_identities import OpenIdentity, traits_of
from consent_ledger.register.match_keys import MatchKey, first_match_keys, reference_digest
from consent_ledger.register.register_rows import Reference
from consent_ledger.register.told import Telling, keys_of, told_of
from schemas.blocks import Contact, Identity
from schemas.errors import MalformedError
from schemas.identifiers import ProviderId

NOTHING_TOLD: Final = Identity()
"""Who somebody is, of whom nothing is told."""
PEOPLE: Final = bytes(DIGEST_BYTES)
"""Is counted for everybody of whom an identity is kept, as if it were a value of theirs."""
_SAYS: Final = {
    kind: min(other for other in Kind if not are_enough({kind, other})) for kind in Kind
}
"""What each kind of digest says: two kinds that are not enough together say the same."""


@dataclass(frozen=True)
class Registrant:
    """Somebody who is at a provider's door.

    Args:
        identity: who the person is, as far as the provider knows.
        contact: where the person can be reached, likewise.
        reference: the provider's own reference; once linked it always finds the same person.
        carried: a passport number that the person, or the provider's record, brought along.
        same_as: the number of the answer "this is the same person": nothing else is asked.
        is_new: the answer "this is another person" to an earlier possible match.
        sets_apart: with that: whom the question is about is returned with the number.
        is_returning: the answer to an ErasedError: the person who was erased wishes to take part
            again, or the reference is another person's now. Either gets a new number.
        has_consent: the answer that the person is a possible match. With `carried` they have their
            card, and its number says which. Without it they agree to be looked up: where there is
            one match alone, it is them, and the number is returned.

    """

    identity: Identity = NOTHING_TOLD
    contact: Contact = NO_CONTACT
    reference: str | None = None
    carried: str | None = None
    same_as: str | None = None
    is_new: bool = False
    sets_apart: bool = False
    is_returning: bool = False
    has_consent: bool = False


@dataclass(frozen=True)
class Asked:
    """A registrant with the digests of what is told. It is personal: it is in memory alone.

    `reference` is that of the provider. `old_keys` are what version 0.1 would have kept of the
    person. `key` is that of all digests of matching.
    """

    provider_id: ProviderId
    registrant: Registrant
    reference: Reference | None
    told: Telling
    old_keys: list[MatchKey]
    key: bytes

    @property
    def is_searched(self) -> bool:
        """Whether who it is, or is not, may have to be found by what is told."""
        who = self.registrant
        is_asked_about = not who.is_new or who.sets_apart
        is_by_number = who.same_as is not None or (who.carried is not None and not who.has_consent)
        return is_asked_about and not is_by_number

    @cached_property
    def keys(self) -> dict[MatchKey, str]:
        """The keys by which the person is found, and what each says."""
        found = keys_of(self.told.traits, self.key)
        return {key: _SAYS[Kind(key.kind)] for key in found}

    @cached_property
    def values(self) -> Mapping[Value, bytes]:
        """The values of the person that are counted, with their digests."""
        return value_digests(self.told.traits, self.key)

    @cached_property
    def digest(self) -> bytes:
        """What the same telling has in common."""
        return self.told.digest(self.key)


def reference_of(provider_id: ProviderId, text: str, *, pepper: bytes) -> Reference:
    """Return a provider's own reference as the register knows it."""
    return provider_id, reference_digest(pepper, provider_id, text)


def asked_of(
    registrant: Registrant, provider_id: ProviderId, *, pepper: bytes, key: bytes, today: date
) -> Asked:
    """Return what a provider asks; IdentityError where what it tells cannot be.

    MalformedError where its reference has no character that is seen, or one that is not.
    """
    if registrant.reference is not None:
        _demand_legible(registrant.reference)
    told = told_of(registrant.identity, registrant.contact, today)
    reference = None
    if registrant.reference is not None:
        reference = reference_of(provider_id, registrant.reference, pepper=pepper)
    old_keys = first_match_keys(pepper, registrant.identity)
    return Asked(provider_id, registrant, reference, told, old_keys, key)


def _demand_legible(reference: str) -> None:
    """Raise MalformedError: two such references look alike, and would be two people, or one."""
    unseen = any(unicodedata.category(one) in ("Cc", "Cf") for one in reference.strip())
    if unseen or not reference.strip():
        raise MalformedError(
            "reference: it must have characters, and none that cannot be seen.",
            "Type it as it stands in your system, or leave it out.",
        )


def asked_again(mine: Sequence[OpenIdentity], *, pepper: bytes, key: bytes, today: date) -> Asked:
    """Return what would be asked of somebody of whom all this was told."""
    told = Telling("", traits_of(mine, today), ())
    old_keys = {old for one in mine for old in first_match_keys(pepper, one.identity)}
    return Asked(mine[0].provider_id, Registrant(), None, told, sorted(old_keys), key)
