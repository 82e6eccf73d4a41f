"""What the bus itself holds of a participant: when it began and how much there is. No names."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from consent_ledger.register.passport_numbers import RegisterError, shown_as
from consent_ledger.tables.delivery import disclosure, journal
from consent_ledger.tables.register import participant
from schemas.identifiers import AgreementId, PassportNumber, ProviderId


class ParticipantRecord(NamedTuple):
    """A participant as the register knows one. `state` is active, erasing or erased.

    Once a person is erased, only the number is left.
    """

    participant_id: PassportNumber
    state: str
    registered_by: str | None
    registered_at: datetime | None
    events: int


class ToldOf(NamedTuple):
    """How many events of a person there are, and under which agreements any was ever sent."""

    events: int
    agreements: frozenset[AgreementId]


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


def who_takes_part(
    connection: Connection, numbers: Collection[PassportNumber]
) -> set[PassportNumber]:
    """Return those of these numbers that are somebody's: issued, and not erased."""
    wanted = func.any(bindparam("ids", list(numbers), type_=ARRAY(Text)))
    number = participant.c.participant_id
    found = select(number).where(number == wanted, participant.c.state == "active")
    return set(connection.scalars(found))


def how_much_is_told(
    connection: Connection, shown: Collection[PassportNumber]
) -> dict[PassportNumber, ToldOf]:
    """Return how much is told of people, each by the number that they are shown under.

    Of whoever is shown under another number by now, or is being erased, there is nothing.
    """
    wanted = func.any(bindparam("ids", list(shown), type_=ARRAY(Text)))
    number, main = participant.c.participant_id, shown_as()
    is_wanted = or_(number == wanted, participant.c.merged_into == wanted)
    people = select(number).where(
        number == wanted, participant.c.merged_into.is_(None), participant.c.state == "active"
    )
    events = (
        select(main, func.count(journal.c.event_id.distinct()))
        .join_from(participant, journal, journal.c.participant_id == number)
        .where(is_wanted)
        .group_by(main)
    )
    agreements = (
        select(main, disclosure.c.agreement_id)
        .join_from(participant, disclosure, disclosure.c.participant_id == number)
        .where(is_wanted, disclosure.c.mask != 0)
        .distinct()
    )
    counted = {person: int(count) for person, count in connection.execute(events)}
    sent: dict[str, set[AgreementId]] = {}
    for person, agreement_id in connection.execute(agreements):
        sent.setdefault(person, set()).add(AgreementId(agreement_id))
    return {
        PassportNumber(person): ToldOf(counted.get(person, 0), frozenset(sent.get(person, ())))
        for person in connection.scalars(people)
    }
