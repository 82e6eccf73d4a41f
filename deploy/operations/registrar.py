"""The register as the ILR importer knows it: a few learners in each transaction."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, Engine

from consent_ledger.register import register as hub
from consent_ledger.register.register import ErasedError, Register, RegisterError
from producers.hub import Answer, Applicant, Erased, PossibleMatch, Registered, UnknownNumber

TOGETHER: Final = 20
"""Learners in one transaction. It holds the ledger's head, and a withdrawal waits for that."""


class HubRegistrar:
    """Registers a college's learners with the hub."""

    def __init__(self, engine: Engine, register: Register) -> None:
        self._engine = engine
        self._register = register

    def register(self, provider_id: str, applicants: Sequence[Applicant]) -> list[Answer]:
        """Register each; all of it is committed when this returns. See `Registrar`.

        Raises:
            RegisterError: the provider is unknown; nobody was registered.

        """
        answers: list[Answer] = []
        for some in _portions(applicants):
            with self._engine.begin() as connection:
                answers += [self._answer(connection, provider_id, one) for one in some]
        return answers

    def look_up(self, provider_id: str, applicants: Sequence[Applicant]) -> list[Answer | None]:
        """Answer as `register` would, and change nothing; None for somebody who would be new.

        Each portion is registered and rolled back. Two who are both new and may be one person are
        seen where they are in the same portion.
        """
        answers: list[Answer] = []
        for some in _portions(applicants):
            with self._engine.connect() as connection, connection.begin() as transaction:
                answers += [self._answer(connection, provider_id, one) for one in some]
                transaction.rollback()
        return [None if isinstance(one, Registered) and one.is_new else one for one in answers]

    def _answer(self, connection: Connection, provider_id: str, one: Applicant) -> Answer:
        try:
            found = self._register.register(
                connection,
                provider_id,
                one.person,
                reference=one.reference,
                carried=one.carried,
            )
        except ErasedError:
            return Erased()
        except RegisterError:
            # an unknown number is found out before anything is written
            if one.carried is None or _is_active(connection, one.carried):
                raise
            return UnknownNumber()
        if isinstance(found, hub.PossibleMatch):
            return PossibleMatch()
        return Registered(found.participant_id, found.is_new)


def _portions(applicants: Sequence[Applicant]) -> Iterator[Sequence[Applicant]]:
    for start in range(0, len(applicants), TOGETHER):
        yield applicants[start : start + TOGETHER]


def _is_active(connection: Connection, participant_id: str) -> bool:
    try:
        hub.subject(connection, participant_id)
    except RegisterError:
        return False
    return True
