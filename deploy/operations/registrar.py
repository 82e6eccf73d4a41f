"""The register as a provider's door uses it: a set of applicants in each transaction."""

from collections.abc import Iterator, Sequence
from typing import Final

from typing_extensions import override

from consent_ledger.register.asked import Registrant
from consent_ledger.register.dry_run import TrialRegister
from consent_ledger.register.passport_numbers import ErasedError, RegisterError
from consent_ledger.register.register import (
    Answered,
    PossibleMatches,
    Register,
    RegisteredPerson,
)
from consent_ledger.register.told import IdentityError
from consent_ledger.transaction import PostgresLedger
from producers.hub import (
    Applicant,
    Erased,
    Impossible,
    PossibleMatch,
    Registered,
    Registrar,
    Registration,
    UnknownNumber,
)
from schemas.identifiers import ProviderId

TOGETHER: Final = 500
"""Applicants in one transaction. It locks the head of the ledger, and a withdrawal waits for it."""


class HubRegistrar(Registrar):
    """Registers applicants in the hub's own database, or tries it."""

    def __init__(
        self, ledger: PostgresLedger, register: Register, dry_run: TrialRegister | None = None
    ) -> None:
        self._ledger = ledger
        self._register = register
        self._dry_run = dry_run

    @override
    def register(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registration]:
        answers: list[Registration] = []
        for some in _sets(applicants):
            registrants = [_registrant(who) for who in some]
            with self._ledger.begin() as tx:
                found = (self._dry_run or self._register).register_all(tx, provider_id, registrants)
            answers += [_told(*one) for one in zip(some, found, strict=True)]
        return answers

    @override
    def trial(self) -> "HubRegistrar":
        return HubRegistrar(self._ledger, self._register, TrialRegister(self._register))


def _sets(applicants: Sequence[Applicant]) -> Iterator[Sequence[Applicant]]:
    for start in range(0, len(applicants), TOGETHER):
        yield applicants[start : start + TOGETHER]


def _registrant(who: Applicant) -> Registrant:
    return Registrant(who.person, who.contact, who.reference, who.carried)


def _told(who: Applicant, found: Answered) -> Registration:
    """Return what a door is told: of a possible match no number, of a number not whose it was."""
    match found:
        case RegisteredPerson():
            doubts = tuple(doubt.in_words for doubt in found.doubts)
            return Registered(found.participant_id, found.is_new, doubts)
        case PossibleMatches():
            return PossibleMatch()
        case IdentityError():
            return Impossible(found.problems)
        case RegisterError() if who.carried is not None:
            return UnknownNumber()
        case ErasedError():
            return Erased()
        case _:
            raise found
