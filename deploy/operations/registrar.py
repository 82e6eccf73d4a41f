"""The register as a provider's door uses it: a few applicants in each transaction."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, overload

from typing_extensions import override

from consent_ledger.register.match_keys import MatchKey
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


class HubRegistrar(Registrar):
    """Registers applicants in the hub's own database."""

    def __init__(self, ledger: PostgresLedger, register: Register) -> None:
        self._ledger = ledger
        self._register = register

    @override
    def register(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registration]:
        answers: list[Registration] = []
        for batch in _batches(applicants):
            with self._ledger.begin() as tx:
                answers += [
                    _told(tx, who, partial(self._register_one, tx, provider_id, who))
                    for who in batch
                ]
        return answers

    @override
    def look_up(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registration | None]:
        """Return the answers: nothing is registered, and no change waits for it.

        Two new applicants who may be the same person are noticed. Who was looked up and is known
        can see it: that is kept.
        """
        answers: list[Registration | None] = []
        new: set[MatchKey] = set()
        for batch in _batches(applicants):
            with self._ledger.begin() as tx:
                for who in batch:
                    answer = _told(tx, who, partial(self._look_up_one, tx, provider_id, who))
                    keys = set() if answer else set(self._register.keys(who.person))
                    answers.append(PossibleMatch() if new & keys else answer)
                    new |= keys
        return answers

    def _register_one(
        self, tx: RegisterRows, provider_id: ProviderId, who: Applicant
    ) -> RegisteredPerson | PossibleMatches:
        return self._register.register(
            tx, provider_id, who.person, reference=who.reference, carried=who.carried
        )

    def _look_up_one(
        self, tx: RegisterRows, provider_id: ProviderId, who: Applicant
    ) -> RegisteredPerson | PossibleMatches | None:
        return self._register.look_up(
            tx, provider_id, who.person, reference=who.reference, carried=who.carried
        )


def _batches(applicants: Sequence[Applicant]) -> Iterator[Sequence[Applicant]]:
    for start in range(0, len(applicants), TOGETHER):
        yield applicants[start : start + TOGETHER]


@overload
def _told(
    tx: RegisterRows, who: Applicant, ask: Callable[[], RegisteredPerson | PossibleMatches]
) -> Registration: ...


@overload
def _told(
    tx: RegisterRows, who: Applicant, ask: Callable[[], RegisteredPerson | PossibleMatches | None]
) -> Registration | None: ...


def _told(
    tx: RegisterRows, who: Applicant, ask: Callable[[], RegisteredPerson | PossibleMatches | None]
) -> Registration | None:
    """Return what a door is told: of a possible match no number, of a number not whose it was."""
    try:
        found = ask()
    except RegisterError as error:
        if who.carried is None and isinstance(error, ErasedError):
            return Erased()
        # an unknown number is noticed before anything is written
        if who.carried is None or _is_active(tx, who.carried):
            raise
        return UnknownNumber()
    match found:
        case PossibleMatches():
            return PossibleMatch()
        case RegisteredPerson():
            return Registered(found.participant_id, found.is_new)
    return None


def _is_active(tx: RegisterRows, participant_id: PassportNumber) -> bool:
    return any(row.state == "active" for row in tx.numbers_of(participant_id))
