"""The register issues and finds passport numbers.

A number is issued once, at any door. A person who may have one already is never joined to that
record silently: the provider that registers them is asked. Only keyed digests are stored.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID, uuid4

from consent_ledger.journal.vault import Vault, new_salt
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import LedgerRows, NewEntry, Subject, record
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.match_keys import MatchKey, match_keys, reference_digest
from consent_ledger.register.passport_numbers import (
    ErasedError,
    ParticipantRow,
    RegisterError,
    all_active,
)
from schemas.blocks import Identity
from schemas.identifiers import PassportNumber, ProviderId, new_passport_number, passport_number
from schemas.trays import partition_of


class NewParticipant(NamedTuple):
    """A participant as the register enters one; `sealed_key` is under the journal key."""

    participant_id: PassportNumber
    ledger_id: UUID
    partition: int
    salt: bytes
    sealed_key: bytes
    registered_by: str


class RegisterRows(LedgerRows, Protocol):
    """The register's rows, within one transaction."""

    def numbers_of(self, participant_id: PassportNumber) -> list[ParticipantRow]:
        """Return all numbers of the person with this one, the one that they are shown under first.

        They are locked until the transaction ends. Nothing: the number was never issued.
        """

    def is_provider(self, provider_id: ProviderId) -> bool:
        """Return whether a provider was entered."""

    def is_issued(self, participant_id: PassportNumber) -> bool:
        """Return whether a number was ever issued, be it to a person who was erased."""

    def key_epochs(self) -> set[bytes]:
        """Return the epochs of the journal keys that a key may be sealed under."""

    def add_participant(self, new: NewParticipant) -> None:
        """Enter an active participant."""

    def by_reference(self, provider_id: ProviderId, digest: bytes) -> PassportNumber | None:
        """Return the number that a provider's reference is linked to."""

    def link_reference(
        self, provider_id: ProviderId, digest: bytes, participant_id: PassportNumber
    ) -> None:
        """Link a reference that is not linked yet; it is no longer that of a person erased."""

    def was_erased(self, digest: bytes) -> bool:
        """Return whether a reference was linked to a person who was erased."""

    def matches(self, keys: Sequence[MatchKey]) -> set[tuple[str, PassportNumber]]:
        """Return kind and number of each participant who has one of these keys, as shown."""

    def keys_of(self, participant_ids: Sequence[PassportNumber]) -> set[MatchKey]:
        """Return the keys that are remembered of these numbers."""

    def remember_keys(self, participant_id: PassportNumber, keys: Sequence[MatchKey]) -> None:
        """Remember keys of a participant; those that are known already stay."""

    def note_look_up(
        self, provider_id: ProviderId, participant_ids: Collection[PassportNumber], answer: Reply
    ) -> None:
        """Write down that a provider looked participants up, who can see it; maybe nobody."""

    def hold_head(self) -> None:
        """Wait for every other transaction that registers or records, and keep others waiting."""


@dataclass(frozen=True)
class RegisteredPerson:
    """The participant's number; `is_new` when it was issued just now."""

    participant_id: PassportNumber
    is_new: bool


@dataclass(frozen=True)
class PossibleMatches:
    """A person who may have a number already: an adviser decides.

    `reasons` says what agrees or disagrees, never the values. `candidates` are passport numbers,
    which another provider may have given: no door shows them.
    """

    reasons: tuple[str, ...]
    candidates: tuple[PassportNumber, ...]


class Register:
    """Issues and finds passport numbers, in the caller's transaction."""

    def __init__(
        self,
        *,
        pepper: bytes,
        vault: Vault,
        partitions: int,
        draw: Callable[[], PassportNumber] = new_passport_number,
    ) -> None:
        self._pepper = pepper
        self._vault = vault
        self._partitions = partitions
        self._draw = draw

    def register(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        identity: Identity,
        *,
        reference: str | None = None,
        carried: str | None = None,
        is_new: bool = False,
        is_returning: bool = False,
        has_consent: bool = False,
    ) -> RegisteredPerson | PossibleMatches:
        """Return the number of the person a provider names, issuing one where that is safe.

        Args:
            tx: the transaction that this belongs to.
            provider_id: the provider that registers.
            identity: what the provider knows of the person.
            reference: the provider's own reference; once linked it always finds the same person.
            carried: a passport number that the person, or the provider's record, brought along.
            is_new: the answer "this is another person" to an earlier possible match.
            is_returning: the answer to an ErasedError: the person who was erased wishes to take
                part again, or the reference is another person's now. Either gets a new number.
            has_consent: the person has no card with them, and agrees that a possible match is
                looked up: where there is one alone, it is them, and the number is returned.

        Raises:
            ErasedError: the reference was that of a person erased.
            RegisterError: the provider is unknown, or nobody has the number carried.
            MalformedError: what is carried is not a passport number.

        """
        _check_provider(tx, provider_id)
        keys = self.keys(identity)
        digest = self._digest(provider_id, reference)
        known = None if digest is None else tx.by_reference(provider_id, digest)
        if known is not None:
            return RegisteredPerson(known, is_new=False)
        if carried is not None:
            return _carried(tx, provider_id, digest, passport_number(carried), keys)
        if digest is not None and not is_returning:
            _demand_not_erased(tx, digest)
        if not is_new:
            match = _possible_match(tx, keys)
            if match is None and keys:
                # another door may be registering the same person: wait for it, and look again
                tx.hold_head()
                match = _possible_match(tx, keys)
            if match is not None:
                return _asked_about(tx, provider_id, match, digest, keys, has_consent=has_consent)
        return self._issue(tx, provider_id, digest, keys)

    def look_up(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        identity: Identity,
        *,
        reference: str | None = None,
        carried: str | None = None,
    ) -> RegisteredPerson | PossibleMatches | None:
        """Return what `register` would of somebody known, None of somebody new; link nothing.

        It takes the same statements in the same order, whether somebody is known or not, unless
        the provider's own reference says it. Raises what `register` does.
        """
        _check_provider(tx, provider_id)
        keys = self.keys(identity)
        digest = self._digest(provider_id, reference)
        known = None if digest is None else tx.by_reference(provider_id, digest)
        if known is not None:
            return RegisteredPerson(known, is_new=False)
        if carried is not None:
            number = passport_number(carried)
            differs = _differing(tx, number, keys)
            answer = Reply.BY_NUMBER if differs is None else Reply.POSSIBLE_MATCH
            tx.note_look_up(provider_id, [number], answer)
            return differs or RegisteredPerson(number, is_new=False)
        if digest is not None:
            _demand_not_erased(tx, digest)
        match = _possible_match(tx, keys)
        tx.note_look_up(provider_id, match.candidates if match else (), Reply.POSSIBLE_MATCH)
        return match

    def keys(self, identity: Identity) -> list[MatchKey]:
        """Return the match keys of an identity: who shares one may be the same person."""
        return match_keys(self._pepper, identity)

    def link(
        self, tx: RegisterRows, provider_id: ProviderId, reference: str | None, same_as: str
    ) -> RegisteredPerson:
        """Record the answer "this is the same person" for a provider's reference.

        Raises RegisterError when the provider or the number is unknown, or the reference is linked
        to another person; MalformedError when it is not a passport number.
        """
        _check_provider(tx, provider_id)
        number = passport_number(same_as)
        all_active(tx.numbers_of(number))
        _refer(tx, provider_id, self._digest(provider_id, reference), number)
        tx.note_look_up(provider_id, [number], Reply.BY_NUMBER)
        return RegisteredPerson(number, is_new=False)

    def _issue(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        digest: bytes | None,
        keys: Sequence[MatchKey],
    ) -> RegisteredPerson:
        number = self._draw()
        while tx.is_issued(number):
            number = self._draw()
        who = Subject(number, uuid4(), partition_of(number, self._partitions))
        tx.add_participant(
            NewParticipant(
                number,
                who.ledger_id,
                who.partition,
                salt=new_salt(),
                sealed_key=self._vault.new_key(number, tx.key_epochs()),
                registered_by=provider_id,
            )
        )
        _refer(tx, provider_id, digest, number)
        tx.remember_keys(number, keys)
        record(tx, [NewEntry(EntryKind.REGISTERED, who)])
        return RegisteredPerson(number, is_new=True)

    def _digest(self, provider_id: ProviderId, reference: str | None) -> bytes | None:
        return None if reference is None else reference_digest(self._pepper, provider_id, reference)


def _carried(
    tx: RegisterRows,
    provider_id: ProviderId,
    digest: bytes | None,
    participant_id: PassportNumber,
    keys: Sequence[MatchKey],
) -> RegisteredPerson | PossibleMatches:
    differs = _differing(tx, participant_id, keys)
    if differs is not None:
        tx.note_look_up(provider_id, [participant_id], Reply.POSSIBLE_MATCH)
        return differs
    # the number that was shown, also where it is merged into one that another provider gave
    _refer(tx, provider_id, digest, participant_id)
    tx.remember_keys(participant_id, keys)
    tx.note_look_up(provider_id, [participant_id], Reply.BY_NUMBER)
    return RegisteredPerson(participant_id, is_new=False)


def _differing(
    tx: RegisterRows, participant_id: PassportNumber, keys: Sequence[MatchKey]
) -> PossibleMatches | None:
    """Return that nothing agrees which is known of a number; None where something does, or none is.

    Raises what `all_active` does.
    """
    rows = tx.numbers_of(participant_id)
    # asked for before anything is refused: a refusal takes as long as an answer
    held = tx.keys_of([row.participant_id for row in rows])
    all_active(rows)
    if keys and held and not held & set(keys):
        return PossibleMatches(("nothing known of that number agrees",), (participant_id,))
    return None


def _asked_about(
    tx: RegisterRows,
    provider_id: ProviderId,
    match: PossibleMatches,
    digest: bytes | None,
    keys: Sequence[MatchKey],
    *,
    has_consent: bool,
) -> RegisteredPerson | PossibleMatches:
    if not has_consent or len(match.candidates) > 1:
        tx.note_look_up(provider_id, match.candidates, Reply.POSSIBLE_MATCH)
        return match
    (number,) = match.candidates
    _refer(tx, provider_id, digest, number)
    tx.remember_keys(number, keys)
    tx.note_look_up(provider_id, [number], Reply.NUMBER_TOLD)
    return RegisteredPerson(number, is_new=False)


def _check_provider(tx: RegisterRows, provider_id: ProviderId) -> None:
    if not tx.is_provider(provider_id):
        raise RegisterError(
            f"There is no provider {provider_id}.",
            "Providers and their services are in services.yaml; `nwd init` enters them.",
        )


def _demand_not_erased(tx: RegisterRows, digest: bytes) -> None:
    if tx.was_erased(digest):
        raise ErasedError(
            "The person whom this provider knew by that reference was erased.",
            "Leave them out of what you send. If they wish to take part again, or the reference"
            " is another person's now, say so: `--returning` gives a new number.",
        )


def _possible_match(tx: RegisterRows, keys: Sequence[MatchKey]) -> PossibleMatches | None:
    found = tx.matches(keys)
    if not found:
        return None
    return PossibleMatches(
        reasons=tuple(sorted({f"the same {kind}" for kind, _ in found})),
        candidates=tuple(sorted({number for _, number in found})),
    )


def _refer(
    tx: RegisterRows, provider_id: ProviderId, digest: bytes | None, participant_id: PassportNumber
) -> None:
    # locked: an erasure that comes now waits, and then knows of this reference, too
    all_active(tx.numbers_of(participant_id))
    if digest is None:
        return
    tx.link_reference(provider_id, digest, participant_id)
    # read again: another transaction may have linked it in the meantime, and was waited for
    if tx.by_reference(provider_id, digest) != participant_id:
        raise RegisterError(
            "That reference of the provider has a passport number already.",
            "Register with the reference alone: that shows which.",
        )
