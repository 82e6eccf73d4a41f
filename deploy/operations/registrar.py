"""The register as a provider's door uses it: a set of applicants in each transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from typing_extensions import override

from consent_ledger.consent.merges import MergeError
from consent_ledger.consent.telling_apart import tell_apart
from consent_ledger.register.answered import Answered, RegisteredPerson
from consent_ledger.register.asked import Registrant
from consent_ledger.register.dry_run import TrialRegister
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.passport_numbers import (
    ErasedError,
    NumberPair,
    RegisterError,
    in_order,
)
from consent_ledger.register.register import Register
from consent_ledger.register.register_rows import RegisterRows
from consent_ledger.register.told import IdentityError
from consent_ledger.transaction import PostgresLedger
from deploy.operations.earlier_references import EarlierReferences, as_new
from deploy.operations.garbage import collected_later
from producers.hub import (
    AnswerWord,
    Applicant,
    Erased,
    Impossible,
    PossibleMatch,
    Registered,
    Registrar,
    Registration,
    UnknownNumber,
)
from schemas.identifiers import PassportNumber, ProviderId

TOGETHER: Final = 500
"""Applicants in one transaction. It locks the head of the ledger, and a withdrawal waits for it."""


class HubRegistrar(Registrar):
    """Registers applicants in the hub's own database, or tries it."""

    def __init__(
        self,
        ledger: PostgresLedger,
        register: Register,
        dry_run: TrialRegister | None = None,
        ukprns: Mapping[int, ProviderId] | None = None,
    ) -> None:
        self._ledger = ledger
        self._register = register
        self._dry_run = dry_run
        self._earlier = EarlierReferences(register, ukprns or {})

    @override
    def register(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registration]:
        answers: list[Registration] = []
        for some in _sets(applicants):
            apart: list[NumberPair] = []
            with collected_later(), self._ledger.begin() as tx:
                answers += self._answers(tx, provider_id, some, apart)
            if self._dry_run is None:
                self._tell_apart(apart)
        return answers

    @override
    def trial(self) -> "HubRegistrar":
        return HubRegistrar(
            self._ledger, self._register, TrialRegister(self._register), self._earlier.ukprns
        )

    def _tell_apart(self, pairs: Iterable[NumberPair]) -> None:
        """Remember who was said not to be whom, each by itself: numbers are locked for it.

        So it is not done while the set holds the head, for which a merge may wait that has locked
        them. Who was merged, told apart or erased meanwhile is left alone.
        """
        for number, other in pairs:
            with suppress(MergeError, RegisterError), self._ledger.begin() as tx:
                tell_apart(tx, number, other)

    def _answers(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        applicants: Sequence[Applicant],
        apart: list[NumberPair],
    ) -> Iterator[Registration]:
        """Yield what a door is told of each; whoever is refused is, before anything is written.

        `apart` gets the numbers that were said to be two people's.
        """
        register = self._dry_run or self._register
        before = self._earlier.own(tx, provider_id, applicants)
        asked = {
            place: _registrant(who, before[place].number)
            for place, who in enumerate(applicants)
            if not before[place].is_erased
        }
        found = dict(
            zip(asked, register.register_all(tx, provider_id, [*asked.values()]), strict=True)
        )
        for answer in found.values():
            if isinstance(answer, RegisteredPerson):
                mine = answer.participant_id
                apart += [in_order(mine, other) for other in answer.apart_from]
        said = self._earlier.of_others(tx, applicants, found)
        taken = [replace(asked[place], carried=number) for place, number in said.items()]
        if taken:
            again = zip(said, register.register_all(tx, provider_id, taken), strict=True)
            found |= {place: as_new(answer) for place, answer in again}
        for place, who in enumerate(applicants):
            number, is_erased = before[place]
            yield Erased() if is_erased else _told(who, found[place], number)


def _sets(applicants: Sequence[Applicant]) -> Iterator[Sequence[Applicant]]:
    for start in range(0, len(applicants), TOGETHER):
        yield applicants[start : start + TOGETHER]


def _registrant(who: Applicant, before: PassportNumber | None) -> Registrant:
    """Return whom the register is asked about; an answer counts more than what a record says."""
    word = None if who.answer is None else who.answer.word
    return Registrant(
        who.person,
        who.contact,
        who.reference,
        who.carried or before if who.answer is None else who.answer.number,
        is_new=word is AnswerWord.OTHER,
        sets_apart=word is AnswerWord.OTHER,
        is_returning=word is AnswerWord.RETURNING,
        has_consent=word is AnswerWord.SAME,
    )


def _told(who: Applicant, found: Answered, before: PassportNumber | None) -> Registration:
    """Return what a door is told: of a possible match no number, of a number not whose it was."""
    named = who.carried if who.answer is None else who.answer.number
    match found:
        case RegisteredPerson():
            doubts = tuple(doubt.in_words for doubt in found.doubts)
            return Registered(found.participant_id, found.is_new, doubts, before)
        case PossibleMatches():
            return PossibleMatch(found.reasons)
        case IdentityError():
            return Impossible(found.problems)
        case RegisterError() if named is not None:
            return UnknownNumber()
        case ErasedError():
            return Erased()
        case _:
            raise found
