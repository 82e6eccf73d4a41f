"""The register as the ILR importer knows it: a few learners in each transaction."""

from collections.abc import Iterator, Sequence
from typing import Final

from consent_ledger.register import register
from consent_ledger.register.register import Register, RegisterRows
from consent_ledger.register.subjects import ErasedError, RegisterError
from consent_ledger.transaction import PostgresLedger
from producers.hub import Answer, Applicant, Erased, PossibleMatch, Registered, UnknownNumber

TOGETHER: Final = 20
"""Learners in one transaction. It holds the ledger's head, and a withdrawal waits for that."""


class HubRegistrar:
    """Registers a college's learners with the hub."""

    def __init__(self, ledger: PostgresLedger, register: Register) -> None:
        self._ledger = ledger
        self._register = register

    def register(self, provider_id: str, applicants: Sequence[Applicant]) -> list[Answer]:
        """Register each; all of it is committed when this returns. See `Registrar`.

        Raises:
            RegisterError: the provider is unknown; nobody was registered.

        """
        answers: list[Answer] = []
        for some in _portions(applicants):
            with self._ledger.begin() as tx:
                answers += [self._answer(tx, provider_id, one) for one in some]
        return answers

    def look_up(self, provider_id: str, applicants: Sequence[Applicant]) -> list[Answer | None]:
        """Answer as `register` would, and change nothing; None for somebody who would be new.

        Each portion is registered and rolled back. Two who are both new and may be one person are
        seen where they are in the same portion.
        """
        answers: list[Answer] = []
        for some in _portions(applicants):
            with self._ledger.engine.connect() as connection, connection.begin() as begun:
                tx = self._ledger.on(connection)
                answers += [self._answer(tx, provider_id, one) for one in some]
                begun.rollback()
        return [None if isinstance(one, Registered) and one.is_new else one for one in answers]

    def _answer(self, tx: RegisterRows, provider_id: str, one: Applicant) -> Answer:
        try:
            found = self._register.register(
                tx,
                provider_id,
                one.person,
                reference=one.reference,
                carried=one.carried,
            )
        except ErasedError:
            return Erased()
        except RegisterError:
            # an unknown number is found out before anything is written
            if one.carried is None or _is_active(tx, one.carried):
                raise
            return UnknownNumber()
        if isinstance(found, register.PossibleMatch):
            return PossibleMatch()
        return Registered(found.participant_id, found.is_new)


def _portions(applicants: Sequence[Applicant]) -> Iterator[Sequence[Applicant]]:
    for start in range(0, len(applicants), TOGETHER):
        yield applicants[start : start + TOGETHER]


def _is_active(tx: RegisterRows, participant_id: str) -> bool:
    return any(row.state == "active" for row in tx.numbers_of(participant_id))
