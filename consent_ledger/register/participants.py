"""What the bus itself holds of a participant: when it began and how much there is. No names."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.tables.delivery import journal
from consent_ledger.tables.register import participant
from schemas.identifiers import PassportNumber, ProviderId


class ParticipantRecord(NamedTuple):
    """A participant as the register knows one. `state` is active, erasing or erased.

    Once a person is erased, only the number is left.
    """

    participant_id: PassportNumber
    state: str
    registered_by: str | None
    registered_at: datetime | None
    events: int


def participant_record(connection: Connection, participant_id: PassportNumber) -> ParticipantRecord:
    """Return what is held of a participant, also once erased; RegisterError if never issued."""
    row = connection.execute(
        select(participant.c.state, participant.c.registered_by, participant.c.registered_at).where(
            participant.c.participant_id == participant_id
        )
    ).one_or_none()
    if row is None:
        raise RegisterError(
            "That passport number was never issued.", "Check it with the person it belongs to."
        )
    events = connection.scalar(
        select(func.count(journal.c.event_id.distinct())).where(
            journal.c.participant_id == participant_id
        )
    )
    return ParticipantRecord(participant_id, *row, events or 0)


def registered_by(connection: Connection, provider_id: ProviderId) -> Sequence[PassportNumber]:
    """Return the numbers that a provider had issued, of everybody who is not erased."""
    return connection.scalars(
        select(participant.c.participant_id).where(
            participant.c.registered_by == provider_id, participant.c.state != "erased"
        )
    ).all()
