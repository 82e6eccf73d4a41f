"""The register as a provider's door uses it: a few applicants in each transaction."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from consent_ledger.register.look_ups import Reply
from consent_ledger.register.passport_numbers import ErasedError, RegisterError
from consent_ledger.register.register import (
    PossibleMatches,
    Register,
    RegisteredPerson,
    RegisterRows,
)
from consent_ledger.transaction import PostgresLedger
from producers.hub import (
    Applicant,
    Erased,
    PossibleMatch,
    Registered,
    Registrar,
    Registration,
    UnknownNumber,
)
from schemas.identifiers import PassportNumber, ProviderId

TOGETHER: Final = 20
"""Applicants in one transaction. It locks the head of the ledger, and a withdrawal waits for it."""

_Found = RegisteredPerson | PossibleMatches | UnknownNumber | Erased


class HubRegistrar(Registrar):
    """Registers applicants in the hub's own database."""

    def __init__(self, ledger: PostgresLedger, register: Register) -> None:
        self._ledger = ledger
        self._register = register

    @override
    def register(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registration]:
        return self._answers(provider_id, applicants, is_dry_run=False)

    @override
    def look_up(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registration | None]:
        """Register each batch, take it back, and return the answers.

        Two new applicants who may be the same person are noticed if they are in the same batch.
        Who was looked up and is known can see it: that is kept.
        """
        answers = self._answers(provider_id, applicants, is_dry_run=True)
        return [None if isinstance(one, Registered) and one.is_new else one for one in answers]

    def _answers(
        self, provider_id: ProviderId, applicants: Sequence[Applicant], *, is_dry_run: bool
    ) -> list[Registration]:
        answers: list[Registration] = []
        for start in range(0, len(applicants), TOGETHER):
            batch = applicants[start : start + TOGETHER]
            with self._ledger.begin() as tx:
                attempt = tx.connection.begin_nested()
                found = [self._found(tx, provider_id, one) for one in batch]
                if is_dry_run:
                    attempt.rollback()
                    _note_again(tx, provider_id, found)
            answers += map(_told, found)
        return answers

    def _found(self, tx: RegisterRows, provider_id: ProviderId, applicant: Applicant) -> _Found:
        try:
            return self._register.register(
                tx,
                provider_id,
                applicant.person,
                reference=applicant.reference,
                carried=applicant.carried,
            )
        except ErasedError:
            return Erased()
        except RegisterError:
            # an unknown number is noticed before anything is written
            if applicant.carried is None or _is_active(tx, applicant.carried):
                raise
            return UnknownNumber()


def _told(found: _Found) -> Registration:
    """Return what a door is told: of a possible match no number."""
    match found:
        case PossibleMatches():
            return PossibleMatch()
        case RegisteredPerson():
            return Registered(found.participant_id, found.is_new)
    return found


def _note_again(tx: RegisterRows, provider_id: ProviderId, found: Sequence[_Found]) -> None:
    """Write down who was looked up; applicants who are new, and were only tried, are nobody."""
    for answer in found:
        if isinstance(answer, PossibleMatches):
            known = [number for number in answer.candidates if tx.is_issued(number)]
            tx.note_look_up(provider_id, known, Reply.POSSIBLE_MATCH)


def _is_active(tx: RegisterRows, participant_id: PassportNumber) -> bool:
    return any(row.state == "active" for row in tx.numbers_of(participant_id))
