"""The people that an entry may be about: active participants, under all of their numbers."""

from collections.abc import Sequence

from sqlalchemy import Connection

from consent_ledger.ledger.ledger import Subject
from consent_ledger.register.passport_numbers import ParticipantRow, numbers_of, participant_row
from schemas.errors import BusError
from schemas.identifiers import PassportNumber


class RegisterError(BusError):
    """A participant or provider that the register does not know, or may not take."""


class ErasedError(RegisterError):
    """The person was erased: only their own wish brings them back."""


def person(connection: Connection, participant_id: PassportNumber) -> list[Subject]:
    """Return every number of an active person, the one under which they are shown first.

    Raises:
        RegisterError: it was never issued, or the person was erased.

    """
    return [who for who, _ in all_active(numbers_of(connection, participant_id))]


def subject(connection: Connection, participant_id: PassportNumber) -> Subject:
    """Return the active participant with this number.

    Raises:
        RegisterError: it was never issued, or the person was erased.

    """
    return active(participant_row(connection, participant_id))[0]


def active(row: ParticipantRow | None) -> tuple[Subject, bytes]:
    """Return an active participant, and the salt of the digests in the ledger's leaves.

    Raises:
        RegisterError: the number was never issued.
        ErasedError: the person was erased.

    """
    if row is None:
        raise RegisterError(
            "That passport number was never issued.", "Check it with the person it belongs to."
        )
    if row.state != "active" or row.salt is None or row.ledger_id is None:
        raise ErasedError("The person with that passport number was erased.")
    return Subject(row.participant_id, row.ledger_id, row.partition), row.salt


def all_active(rows: Sequence[ParticipantRow]) -> list[tuple[Subject, bytes]]:
    """Return the same of every number of one person, in the order of the rows.

    Raises:
        RegisterError: there are none: the number was never issued; or the person was erased.

    """
    return [active(row) for row in (rows or (None,))]
