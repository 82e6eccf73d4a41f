"""What an erasure does to the rows of one participant: first to those that open, then to all."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from consent_ledger.journal.disclosures import GONE
from consent_ledger.tables.consent import change, standing
from consent_ledger.tables.delivery import disclosure, journal, waiting
from consent_ledger.tables.register import (
    kept_identity,
    look_up,
    match_key,
    participant,
    provider_reference,
    two_people,
)
from consent_ledger.tables.rights import erased_reference
from schemas.identifiers import PassportNumber


def close_person(connection: Connection, participant_id: PassportNumber) -> None:
    """Mark a person as being erased, see `LedgerTransaction.close_person`."""
    connection.execute(
        upsert(erased_reference)
        .from_select(
            ["digest"],
            select(provider_reference.c.digest).where(
                provider_reference.c.participant_id == participant_id
            ),
        )
        .on_conflict_do_nothing()
    )
    connection.execute(
        update(participant)
        .where(participant.c.participant_id == participant_id)
        .values(state="erasing", sealed_key=None, salt=None)
    )
    # nothing of somebody active is deleted: the database sees to it
    _forget_identifiers(connection, participant_id)


def references_of(connection: Connection, participant_id: PassportNumber) -> list[bytes]:
    """Return the digests of the references under which providers know a person."""
    digest, number = provider_reference.c.digest, provider_reference.c.participant_id
    return [
        bytes(found) for found in connection.scalars(select(digest).where(number == participant_id))
    ]


def refuse_references(connection: Connection, digests: Collection[bytes]) -> None:
    """Write down again, after a restore, that these references were those of people erased.

    A reference that is linked now stays linked: the person came back by their own wish.
    """
    linked = set(connection.scalars(select(provider_reference.c.digest)))
    rows = [{"digest": one} for one in digests if one not in linked]
    if rows:
        connection.execute(upsert(erased_reference).on_conflict_do_nothing(), rows)


def numbers_in_state(connection: Connection, *states: str) -> list[PassportNumber]:
    """Return the numbers whose state is one of these: active, erasing or erased."""
    wanted = select(participant.c.participant_id).where(participant.c.state.in_(states))
    return list(connection.scalars(wanted))


def forget_person(connection: Connection, participant_id: PassportNumber) -> None:
    """Take away all but the bare number, see `LedgerTransaction.forget_person`."""
    _forget_identifiers(connection, participant_id)
    for table in (journal, disclosure, waiting):
        connection.execute(delete(table).where(table.c.participant_id == participant_id))
    connection.execute(
        update(change).where(change.c.participant_id == participant_id).values(participant_id=None)
    )
    connection.execute(
        update(participant)
        .where(participant.c.participant_id == participant_id)
        .values(
            state="erased",
            ledger_id=None,
            registered_by=None,
            registered_at=None,
            merged_into=None,
            named_seq=None,
        )
    )
    # another person's events that were shown under this number were retracted when they parted
    connection.execute(
        update(disclosure).where(disclosure.c.shown_as == participant_id).values(shown_as=GONE)
    )


def _forget_identifiers(connection: Connection, participant_id: PassportNumber) -> None:
    for table in (match_key, kept_identity, provider_reference, look_up, standing):
        connection.execute(delete(table).where(table.c.participant_id == participant_id))
    numbers = (two_people.c.participant_id, two_people.c.other_id)
    either = or_(*(number == participant_id for number in numbers))
    connection.execute(delete(two_people).where(either))
