"""The register issues and finds passport numbers.

A number is issued once, at any door. Where somebody is as good as certainly a person who has one,
it is theirs; where somebody may be, the provider that registers them is asked. What is told of a
person is kept sealed under the person's key, and found by keyed digests.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol
from uuid import UUID, uuid4

from consent_ledger.journal.vault import Vault, new_salt
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, Subject, record
from consent_ledger.matching.answers import MatchVerdict
from consent_ledger.matching.reading import NO_CONTACT, Doubt
from consent_ledger.register.identity_rows import IdentityRows
from consent_ledger.register.kept_identities import OpenIdentity
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.match_keys import MatchKey, first_match_keys, reference_digest
from consent_ledger.register.passport_numbers import (
    ErasedError,
    ParticipantRow,
    RegisterError,
    all_active,
)
from consent_ledger.register.recognition import Recognition
from consent_ledger.register.told import Telling, told_of
from schemas.blocks import Contact, Identity
from schemas.identifiers import PassportNumber, ProviderId, new_passport_number, passport_number
from schemas.trays import partition_of

NOTHING_TOLD: Final = Identity()
"""Who somebody is, of whom nothing is told."""


class NewParticipant(NamedTuple):
    """A participant as the register enters one; `sealed_key` is under the journal key."""

    participant_id: PassportNumber
    ledger_id: UUID
    partition: int
    salt: bytes
    sealed_key: bytes
    registered_by: str


class RegisterRows(IdentityRows, Protocol):
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

    def note_look_up(
        self, provider_id: ProviderId, participant_ids: Collection[PassportNumber], answer: Reply
    ) -> None:
        """Write down that a provider looked participants up, who can see it; maybe nobody."""


@dataclass(frozen=True)
class RegisteredPerson:
    """The participant's number; `is_new` where the provider did not bring it, nor had it before.

    Whether it was issued just now is not told: a provider would learn who is known elsewhere.
    `doubts` is what was taken as absent of what the provider told, and why.
    """

    participant_id: PassportNumber
    is_new: bool
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class PossibleMatches:
    """A person who may have a number already: an adviser decides.

    `reasons` says what agrees or disagrees, never the values. `candidates` are passport numbers,
    which another provider may have given: no door shows them.
    """

    reasons: tuple[str, ...]
    candidates: tuple[PassportNumber, ...]


class Asked(NamedTuple):
    """What a provider asks: of whom it tells what, by which reference.

    `digest` is of the reference. `old_keys` are what version 0.1 would have kept of the person.
    """

    provider_id: ProviderId
    digest: bytes | None
    told: Telling
    old_keys: list[MatchKey]


class Found(NamedTuple):
    """Who it is as good as certain to be, or may be; both None: nobody who is known.

    `kept` is what was opened of each candidate.
    """

    known: PassportNumber | None
    possible: PossibleMatches | None
    kept: Mapping[PassportNumber, Sequence[OpenIdentity]]


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
        self.recognition = Recognition(pepper, vault)

    def register(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        identity: Identity,
        *,
        contact: Contact = NO_CONTACT,
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
            identity: who the person is, as far as the provider knows.
            contact: where the person can be reached, likewise.
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
            IdentityError: identity or contact cannot be, such as a birthday in the future.
            MalformedError: what is carried is not a passport number.
            UnsealError: what is kept of somebody who may be the same cannot be opened.

        """
        asked = self.asked(tx, provider_id, identity, contact, reference)
        known = None if asked.digest is None else tx.by_reference(provider_id, asked.digest)
        if known is not None:
            return self._by_reference(tx, asked, known)
        if carried is not None:
            return self._carried(tx, asked, passport_number(carried))
        if not is_returning:
            demand_not_erased(tx, asked)
        if not is_new:
            found = find(tx, self.recognition, asked)
            if found.known is None and found.possible is None and asked.told.is_anything:
                # another door may be registering the same person: wait for it, and look again
                tx.hold_head()
                found = find(tx, self.recognition, asked)
            if found.possible is not None:
                return self._asked_about(tx, asked, found.possible, has_consent=has_consent)
            if found.known is not None:
                return self._take(tx, asked, found.known, Reply.KNOWN)
        return self._issue(tx, asked)

    def link(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        reference: str | None,
        same_as: str,
        *,
        identity: Identity = NOTHING_TOLD,
        contact: Contact = NO_CONTACT,
    ) -> RegisteredPerson:
        """Record the answer "this is the same person" for a provider's reference.

        What the provider tells of the person, such as another name than before, is kept.

        Raises RegisterError when the provider or the number is unknown, or the reference is linked
        to another person; MalformedError when it is not a passport number; IdentityError as
        `register`.
        """
        asked = self.asked(tx, provider_id, identity, contact, reference)
        found = self._take(tx, asked, passport_number(same_as), Reply.BY_NUMBER)
        return replace(found, is_new=False)

    def asked(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        identity: Identity,
        contact: Contact,
        reference: str | None,
    ) -> Asked:
        """Return what a provider asks.

        Raises RegisterError when the provider is unknown, IdentityError where what it tells cannot
        be.
        """
        if not tx.is_provider(provider_id):
            raise RegisterError(
                f"There is no provider {provider_id}.",
                "Providers and their services are in services.yaml; `nwd init` enters them.",
            )
        told = told_of(identity, contact, tx.now())
        digest = None
        if reference is not None:
            digest = reference_digest(self._pepper, provider_id, reference)
        return Asked(provider_id, digest, told, first_match_keys(self._pepper, identity))

    def _by_reference(
        self, tx: RegisterRows, asked: Asked, known: PassportNumber
    ) -> RegisteredPerson:
        """Return whom a provider knows already; keep what it tells unless of somebody else."""
        shown = all_active(tx.numbers_of(known))[0][0].participant_id
        kept = self.recognition.opened(tx, [shown])
        if not self.recognition.against(tx, asked.told, kept, shown):
            self.recognition.keep(tx, asked.provider_id, known, asked.told)
        return RegisteredPerson(known, is_new=False, doubts=asked.told.doubts)

    def _carried(
        self, tx: RegisterRows, asked: Asked, participant_id: PassportNumber
    ) -> RegisteredPerson | PossibleMatches:
        differs, _ = differing(tx, self.recognition, asked, participant_id)
        if differs is not None:
            tx.note_look_up(asked.provider_id, [participant_id], Reply.POSSIBLE_MATCH)
            return differs
        # the number that was shown, also where it is merged into one that another provider gave
        found = self._take(tx, asked, participant_id, Reply.BY_NUMBER)
        return replace(found, is_new=False)

    def _asked_about(
        self, tx: RegisterRows, asked: Asked, match: PossibleMatches, *, has_consent: bool
    ) -> RegisteredPerson | PossibleMatches:
        if not has_consent or len(match.candidates) > 1:
            tx.note_look_up(asked.provider_id, match.candidates, Reply.POSSIBLE_MATCH)
            return match
        (number,) = match.candidates
        return replace(self._take(tx, asked, number, Reply.NUMBER_TOLD), is_new=False)

    def _take(
        self, tx: RegisterRows, asked: Asked, participant_id: PassportNumber, answer: Reply
    ) -> RegisteredPerson:
        """Return a number that is the person's, linked and written down; what was told is kept."""
        _refer(tx, asked.provider_id, asked.digest, participant_id)
        self.recognition.keep(tx, asked.provider_id, participant_id, asked.told)
        tx.note_look_up(asked.provider_id, [participant_id], answer)
        return RegisteredPerson(participant_id, is_new=True, doubts=asked.told.doubts)

    def _issue(self, tx: RegisterRows, asked: Asked) -> RegisteredPerson:
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
                registered_by=asked.provider_id,
            )
        )
        _refer(tx, asked.provider_id, asked.digest, number)
        record(tx, [NewEntry(EntryKind.REGISTERED, who)])
        self.recognition.keep(tx, asked.provider_id, number, asked.told)
        return RegisteredPerson(number, is_new=True, doubts=asked.told.doubts)


def find(tx: RegisterRows, recognition: Recognition, asked: Asked) -> Found:
    """Return whom it is as good as certain to be, or may be.

    Of somebody registered by version 0.1 there are keys alone: whoever shares one is possible.
    """
    answer, by_number, ruled_out, kept = recognition.recognise(tx, asked.told)
    old = tx.matches(asked.old_keys)
    candidates = {match.key for match in answer.matches} | {number for _, number in old}
    candidates |= by_number.keys()
    if not candidates:
        return Found(None, None, kept)
    known = {answer.matches[0].key} if answer.verdict is MatchVerdict.KNOWN else set()
    if known and candidates - ruled_out == known:
        return Found(answer.matches[0].key, None, kept)
    said = [text for match in answer.matches for text in (*match.reasons, *match.contradictions)]
    said += [text for shared in by_number.values() for text in shared]
    said += sorted(f"the same {kind}" for kind, _ in old)
    possible = PossibleMatches(tuple(dict.fromkeys(said)), tuple(sorted(candidates)))
    return Found(None, possible, kept)


def differing(
    tx: RegisterRows, recognition: Recognition, asked: Asked, participant_id: PassportNumber
) -> tuple[PossibleMatches | None, Sequence[OpenIdentity]]:
    """Return that what is known of a number is of somebody else; None where nothing says so.

    Beside it is what is kept of the person. Raises what `all_active` does.
    """
    rows = tx.numbers_of(participant_id)
    # asked for before anything is refused: a refusal takes as long as an answer
    numbers = [row.participant_id for row in rows]
    kept, held = recognition.opened(tx, numbers[:1]), tx.keys_of(numbers)
    all_active(rows)
    against = recognition.against(tx, asked.told, kept, numbers[0])
    if not kept and held and asked.old_keys and not held & set(asked.old_keys):
        against = ("nothing known of that number agrees",)
    return PossibleMatches(against, (participant_id,)) if against else None, kept


def demand_not_erased(tx: RegisterRows, asked: Asked) -> None:
    """Raise ErasedError where the reference was that of a person erased."""
    if asked.digest is not None and tx.was_erased(asked.digest):
        raise ErasedError(
            "The person whom this provider knew by that reference was erased.",
            "Leave them out of what you send. If they wish to take part again, or the reference"
            " is another person's now, say so: `--returning` gives a new number.",
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
