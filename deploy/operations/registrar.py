"""The register as a provider's door uses it: a few applicants in each transaction."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from typing_extensions import override

from consent_ledger.register.dry_run import TrialRegister
from consent_ledger.register.passport_numbers import ErasedError, RegisterError
from consent_ledger.register.register import (
    PossibleMatches,
    Register,
    RegisteredPerson,
    RegisterRows,
)
from consent_ledger.register.told import IdentityError
from consent_ledger.transaction import PostgresLedger
from deploy.operations.earlier_references import EarlierReferences
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

TOGETHER: Final = 20
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
        for batch in _batches(applicants):
            with self._ledger.begin() as tx:
                answers += [self._answer(tx, provider_id, who) for who in batch]
        return answers

    @override
    def trial(self) -> "HubRegistrar":
        return HubRegistrar(
            self._ledger, self._register, TrialRegister(self._register), self._earlier.ukprns
        )

    def _answer(self, tx: RegisterRows, provider_id: ProviderId, who: Applicant) -> Registration:
        """Return what a door is told: of a possible match no number, of a number not whose it was.

        Whatever is refused is refused before anything is written.
        """
        try:
            before = self._earlier.own(tx, provider_id, who)
            number = who.carried or before
            if who.answer is not None:
                number = who.answer.number
            found = self._found(tx, provider_id, who, number)
        except IdentityError as error:
            return Impossible(error.problems)
        except RegisterError as error:
            named = who.carried if who.answer is None else who.answer.number
            if named is None and isinstance(error, ErasedError):
                return Erased()
            if named is None or _is_active(tx, named):
                raise
            return UnknownNumber()
        return _told(found, before)

    def _found(
        self,
        tx: RegisterRows,
        provider_id: ProviderId,
        who: Applicant,
        number: PassportNumber | None,
    ) -> RegisteredPerson | PossibleMatches:
        word = None if who.answer is None else who.answer.word

        def ask(carried: PassportNumber | None) -> RegisteredPerson | PossibleMatches:
            return (self._dry_run or self._register).register(
                tx,
                provider_id,
                who.person,
                contact=who.contact,
                reference=who.reference,
                carried=carried,
                is_new=word is AnswerWord.OTHER,
                is_returning=word is AnswerWord.RETURNING,
                has_consent=word is AnswerWord.SAME,
            )

        if word is None and number is None and who.earlier is not None:
            return self._earlier.of_another(tx, who.earlier, ask)
        return ask(number)


def _batches(applicants: Sequence[Applicant]) -> Iterator[Sequence[Applicant]]:
    for start in range(0, len(applicants), TOGETHER):
        yield applicants[start : start + TOGETHER]


def _told(found: RegisteredPerson | PossibleMatches, before: PassportNumber | None) -> Registration:
    if isinstance(found, PossibleMatches):
        return PossibleMatch(found.reasons)
    doubts = tuple(doubt.in_words for doubt in found.doubts)
    return Registered(found.participant_id, found.is_new, doubts, before)


def _is_active(tx: RegisterRows, participant_id: PassportNumber) -> bool:
    return any(row.state == "active" for row in tx.numbers_of(participant_id))
