"""The register issues and finds passport numbers.

A number is issued once, at any door. Where somebody is as good as certainly a person who has one,
it is theirs; where somebody may be, the provider that registers them is asked. What is told of a
person is kept sealed under the person's key, and found by keyed digests.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple
from uuid import uuid4

from typing_extensions import override

from consent_ledger.journal.vault import UnsealError, Vault, new_salt
from consent_ledger.matching.blocking import matching_key
from consent_ledger.matching.contradictions import are_of_two_people, contradictions
from consent_ledger.matching.reading import NO_CONTACT
from consent_ledger.matching.weights import Weights, shipped_weights
from consent_ledger.register import recognition
from consent_ledger.register.answered import Answered, RegisteredPerson
from consent_ledger.register.asked import (
    NOTHING_TOLD,
    Asked,
    Registrant,
    asked_again,
    asked_of,
    reference_of,
)
from consent_ledger.register.changes import Changes
from consent_ledger.register.finding import (
    PossibleMatches,
    find,
    not_compared,
    not_opened,
    whom_it_may_be,
)
from consent_ledger.register.kept_identities import open_identity
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.looked import Looked, look, look_again
from consent_ledger.register.passport_numbers import (
    ErasedError,
    ParticipantRow,
    RegisterError,
    all_active,
)
from consent_ledger.register.register_rows import Reference, RegisterRows
from consent_ledger.register.working_set import WorkingSet
from consent_ledger.register.writing import write
from schemas.blocks import Contact, Identity
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber, ProviderId, new_passport_number, passport_number
from schemas.trays import partition_of

_REUSED: Final = "the provider's reference is somebody's of whom something else is known"


class Sought(NamedTuple):
    """Somebody who is registered, as they would be asked about, among whom they may be."""

    asked: Asked
    rows: WorkingSet


class Registering(ABC):
    """Registers people in sets, or tries it: whoever comes alone is a set of one."""

    @abstractmethod
    def register_all(
        self, tx: RegisterRows, provider_id: ProviderId, registrants: Sequence[Registrant]
    ) -> list[Answered]:
        """Answer for each of a set, in order, as if they came one after another.

        Raises:
            RegisterError: the provider is unknown. Whoever else is refused has that as an answer.
            UnsealError: there is no journal key to register anybody under.

        """

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

        The arguments are those of `Registrant`.

        Raises:
            ErasedError: the reference was that of a person erased.
            RegisterError: the provider is unknown, or nobody has the number carried.
            IdentityError: identity or contact cannot be, such as a birthday in the future.
            MalformedError: what is carried is not a passport number.
            UnsealError: there is no journal key to register anybody under.

        """
        alone = Registrant(
            identity,
            contact,
            reference,
            carried,
            is_new=is_new,
            is_returning=is_returning,
            has_consent=has_consent,
        )
        return _of_one(self.register_all(tx, provider_id, [alone]))


class Register(Registering):
    """Issues and finds passport numbers, in the caller's transaction.

    `weights` are those by which people are known again, the shipped ones unless others are given;
    `key` is that of all digests of matching.
    """

    def __init__(
        self,
        *,
        pepper: bytes,
        vault: Vault,
        partitions: int,
        draw: Callable[[], PassportNumber] = new_passport_number,
        weights: Weights | None = None,
    ) -> None:
        self.weights = weights or shipped_weights()
        self._pepper = pepper
        self._vault = vault
        self._partitions = partitions
        self._draw = draw
        self.key = matching_key(pepper)

    @override
    def register_all(
        self, tx: RegisterRows, provider_id: ProviderId, registrants: Sequence[Registrant]
    ) -> list[Answered]:
        asked = self.asked(tx, provider_id, registrants)
        newest = tx.newest()
        looked = look(tx, people(asked), Changes())
        today = tx.now().date()
        answers, changes = self._decided(looked, asked, today)
        if changes.are_any:
            # another door may be registering the same people: wait for it, and look again
            tx.hold_head()
            again = look_again(tx, people(asked), looked, newest)
            if again != looked:
                answers, changes = self._decided(again, asked, today)
            while tx.issued(changes.people):
                answers, changes = self._decided(again, asked, today)
            write(tx, changes, again, self._vault)
        tx.note_look_ups(provider_id, changes.looked_up)
        return answers

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
        who = Registrant(identity, contact, reference, same_as=same_as)
        found = _of_one(self.register_all(tx, provider_id, [who]))
        assert isinstance(found, RegisteredPerson)  # noqa: S101 - a number is not asked about
        return found

    def reference(self, provider_id: ProviderId, text: str) -> Reference:
        """Return a provider's own reference as the register knows it."""
        return reference_of(provider_id, text, pepper=self._pepper)

    def asked(
        self, tx: RegisterRows, provider_id: ProviderId, registrants: Sequence[Registrant]
    ) -> list[Asked | MalformedError]:
        """Return what a provider asks, or why that cannot be.

        Raises RegisterError when the provider is unknown.
        """
        if not tx.is_provider(provider_id):
            raise RegisterError(
                f"There is no provider {provider_id}.",
                "Providers and their services are in services.yaml; `nwd init` enters them.",
            )
        today = tx.now().date()
        found: list[Asked | MalformedError] = []
        for who in registrants:
            try:
                asked = asked_of(who, provider_id, pepper=self._pepper, key=self.key, today=today)
            except MalformedError as error:
                found.append(error)
            else:
                found.append(asked)
        return found

    def answer_all(
        self, looked: Looked, asked: Sequence[Asked | MalformedError], changes: Changes, today: date
    ) -> list[Answered]:
        """Answer for each of a set, in order; gather what is to be written in `changes`.

        Whom it may be and cannot be compared, because what is kept of them cannot be opened, makes
        a question or a refusal of one, and nobody is new by that.
        """
        rows = WorkingSet(looked, changes, self._vault, today, self.weights)
        answers: list[Answered] = []
        for who in asked:
            try:
                answers.append(who if isinstance(who, MalformedError) else self._answer(rows, who))
            except (RegisterError, MalformedError) as refusal:
                answers.append(refusal)
            except UnsealError as error:
                answers.append(not_opened(who, error))
        return answers

    def sought(self, tx: RegisterRows, number: PassportNumber) -> Sought | None:
        """Return a person who is registered as if they came to a door now; None: nothing is kept.

        That is also where the number is shown under another by now. UnsealError where what is kept
        of somebody cannot be opened.
        """
        kept, today = tx.kept_of([number]), tx.now().date()
        if not kept or kept[0].shown_as != number:
            return None
        mine = [open_identity(telling, self._vault) for telling in kept]
        asked = asked_again(mine, pepper=self._pepper, key=self.key, today=today)
        looked = look(tx, [asked], Changes())
        return Sought(asked, WorkingSet(looked, Changes(), self._vault, today, self.weights))

    def _decided(
        self, looked: Looked, asked: Sequence[Asked | MalformedError], today: date
    ) -> tuple[list[Answered], Changes]:
        changes = Changes()
        return self.answer_all(looked, asked, changes, today), changes

    def _answer(self, rows: WorkingSet, asked: Asked) -> RegisteredPerson | PossibleMatches:
        """Answer for one. Whoever is refused is refused before anything is changed."""
        who = asked.registrant
        if who.same_as is not None:
            found = _take(rows, asked, passport_number(who.same_as), Reply.BY_NUMBER)
            return replace(found, is_new=False)
        known = None if asked.reference is None else rows.by_reference(asked.reference)
        if known is not None:
            return _by_reference(rows, asked, known)
        if who.carried is not None:
            return _carried(rows, asked, passport_number(who.carried))
        if not who.is_returning:
            _demand_not_erased(rows, asked)
        if not who.is_new:
            found_one = find(rows, asked)
            if found_one.possible is not None:
                return _asked_about(rows, asked, found_one.possible)
            if found_one.known is not None:
                return _take(rows, asked, found_one.known, Reply.KNOWN)
        others = whom_it_may_be(rows, asked) if who.is_new and who.sets_apart else ()
        return replace(self._issue(rows, asked), apart_from=others)

    def _issue(self, rows: WorkingSet, asked: Asked) -> RegisteredPerson:
        number = self._draw()
        while rows.numbers_of(number):
            number = self._draw()
        partition = partition_of(number, self._partitions)
        row = ParticipantRow(number, uuid4(), partition, "active", new_salt())
        rows.add(row, asked.provider_id)
        _refer(rows, asked, number)
        recognition.keep(rows, asked, number)
        return RegisteredPerson(number, is_new=True, doubts=asked.told.doubts)


def people(asked: Sequence[Asked | MalformedError]) -> list[Asked]:
    """Return those of a set of whom what is told can be."""
    return [one for one in asked if isinstance(one, Asked)]


def _by_reference(
    rows: WorkingSet, asked: Asked, known: PassportNumber
) -> RegisteredPerson | PossibleMatches:
    """Return whom a provider knows already; keep what it tells unless of somebody else.

    Where name and birthday are both another's, it is asked about: a row has slipped, or a reference
    is another person's now. The person's number, or their consent, is the answer.

    What it tells is not kept either where what was told before cannot be opened: by its reference
    they are known all the same.
    """
    numbers = [who.participant_id for who, _ in all_active(rows.numbers_of(known))]
    found = RegisteredPerson(known, is_new=False, doubts=asked.told.doubts)
    with suppress(UnsealError):
        if rows.is_kept(known, asked):
            return found
        pattern = recognition.held_against(rows, asked, numbers[0])
        against = contradictions(pattern)
        if are_of_two_people(pattern):
            who = asked.registrant
            if who.carried is not None and passport_number(who.carried) in numbers:
                return replace(_take(rows, asked, known, Reply.BY_NUMBER), is_new=False)
            return _asked_about(rows, asked, PossibleMatches((_REUSED, *against), (known,)))
        if not against:
            rows.demand_open(known)
            recognition.keep(rows, asked, known)
    return found


def _carried(
    rows: WorkingSet, asked: Asked, number: PassportNumber
) -> RegisteredPerson | PossibleMatches:
    differs = _differing(rows, asked, number)
    # an answer that names whom the question was about is taken
    if differs is not None and not (asked.is_searched and number in whom_it_may_be(rows, asked)):
        rows.note([number], Reply.POSSIBLE_MATCH)
        return differs
    # the number that was shown, also where it is merged into one that another provider gave
    return replace(_take(rows, asked, number, Reply.BY_NUMBER), is_new=False)


def _differing(rows: WorkingSet, asked: Asked, number: PassportNumber) -> PossibleMatches | None:
    """Return that what is known of a number is of somebody else; None where nothing says so.

    Raises what `all_active` does.
    """
    numbers = [who.participant_id for who, _ in all_active(rows.numbers_of(number))]
    try:
        against = contradictions(recognition.held_against(rows, asked, numbers[0]))
        rows.demand_open(number)
    except UnsealError:
        return not_compared([number])
    shared = {other for key in asked.old_keys for other in rows.having(key)}.intersection(numbers)
    is_of_old = any(map(rows.has_keys, numbers)) and not rows.told_of_person(numbers[0])
    if is_of_old and asked.old_keys and not shared:
        against = ("nothing known of that number agrees",)
    return PossibleMatches(against, (number,)) if against else None


def _asked_about(
    rows: WorkingSet, asked: Asked, match: PossibleMatches
) -> RegisteredPerson | PossibleMatches:
    if not asked.registrant.has_consent or len(match.candidates) > 1:
        rows.note(match.candidates, Reply.POSSIBLE_MATCH)
        return match
    (number,) = match.candidates
    return replace(_take(rows, asked, number, Reply.NUMBER_TOLD), is_new=False)


def _take(
    rows: WorkingSet, asked: Asked, number: PassportNumber, answer: Reply
) -> RegisteredPerson:
    """Return a number that is the person's, linked and written down; what was told is kept."""
    all_active(rows.numbers_of(number))
    rows.demand_open(number)  # before anything is changed
    _refer(rows, asked, number)
    recognition.keep(rows, asked, number)
    rows.note([number], answer)
    return RegisteredPerson(number, is_new=True, doubts=asked.told.doubts)


def _demand_not_erased(rows: WorkingSet, asked: Asked) -> None:
    """Raise ErasedError where the reference was that of a person erased."""
    if asked.reference is not None and rows.was_erased(asked.reference):
        raise ErasedError(
            "The person whom this provider knew by that reference was erased.",
            "Leave them out of what you send. If they wish to take part again, or the reference"
            " is another person's now, say so: `--returning` gives a new number.",
        )


def _refer(rows: WorkingSet, asked: Asked, number: PassportNumber) -> None:
    """Link the provider's reference. RegisterError where it is linked to somebody else."""
    if asked.reference is None:
        return
    if rows.by_reference(asked.reference) not in (None, number):
        raise RegisterError(
            "That reference of the provider has a passport number already.",
            "Register with the reference alone: that shows which.",
        )
    rows.link(asked.reference, number)


def _of_one(answers: list[Answered]) -> RegisteredPerson | PossibleMatches:
    (answer,) = answers
    if isinstance(answer, RegisterError | MalformedError):
        raise answer
    return answer
