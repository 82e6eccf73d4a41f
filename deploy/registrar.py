"""The register as the ILR importer knows it: one transaction for a batch of learners."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from consent_ledger import register as hub
from consent_ledger.register import Register, RegisterError
from producers.ilr.hub import Answer, Applicant, PossibleMatch, Registered, UnknownNumber


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
        with self._engine.begin() as connection:
            return [self._answer(connection, provider_id, one) for one in applicants]

    def look_up(self, provider_id: str, applicants: Sequence[Applicant]) -> list[Answer | None]:
        """Answer as `register` would, and change nothing; None for somebody who would be new.

        Each batch is registered and rolled back, so a match within the batch is seen, too.
        """
        with self._rolled_back() as connection:
            answers = [self._answer(connection, provider_id, one) for one in applicants]
        return [None if isinstance(one, Registered) and one.is_new else one for one in answers]

    @contextmanager
    def _rolled_back(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    def _answer(self, connection: Connection, provider_id: str, one: Applicant) -> Answer:
        try:
            found = self._register.register(
                connection,
                provider_id,
                one.person,
                reference=one.reference,
                carried=one.carried,
            )
        except RegisterError:
            # an unknown number is found out before anything is written
            if one.carried is None or _is_active(connection, one.carried):
                raise
            return UnknownNumber()
        if isinstance(found, hub.PossibleMatch):
            return PossibleMatch()
        return Registered(found.participant_id, found.is_new)


def _is_active(connection: Connection, participant_id: str) -> bool:
    try:
        hub.subject(connection, participant_id)
    except RegisterError:
        return False
    return True
