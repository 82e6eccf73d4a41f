"""What an erasure does to the rows of one participant: first to those that open, then to all."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from consent_ledger.journal.disclosures import GONE
from consent_ledger.tables.consent import change, standing
from consent_ledger.tables.delivery import disclosure, journal
from consent_ledger.tables.register import match_key, participant, provider_reference
from consent_ledger.tables.rights import erased_reference
from schemas.identifiers import PassportNumber


def close_person(connection: Connection, participant_id: PassportNumber) -> None:
    """See `Records.close_person`.

    References stay as keyed digests, joined to nobody: a provider whose next return is a full one
    again would else register the person anew.
    """
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
    _forget_how_they_are_known(connection, participant_id)
    connection.execute(
        update(participant)
        .where(participant.c.participant_id == participant_id)
        .values(state="erasing", sealed_key=None, salt=None)
    )


def references_of(connection: Connection, participant_id: PassportNumber) -> list[bytes]:
    """Return the digests of the references under which providers know somebody."""
    found = connection.scalars(
        select(provider_reference.c.digest).where(
            provider_reference.c.participant_id == participant_id
        )
    )
    return [bytes(one) for one in found]


def refuse_references(connection: Connection, digests: Collection[bytes]) -> None:
    """Write down again that these references were those of people erased, after a restore.

    One that is linked to somebody now stays theirs: they came back by their own wish.
    """
    linked = set(connection.scalars(select(provider_reference.c.digest)))
    rows = [{"digest": one} for one in digests if one not in linked]
    if rows:
        connection.execute(upsert(erased_reference).on_conflict_do_nothing(), rows)


def not_erased(connection: Connection) -> list[PassportNumber]:
    """Return the numbers of everybody whose erasure was not asked for, or is not finished."""
    return list(
        connection.scalars(
            select(participant.c.participant_id).where(participant.c.state != "erased")
        )
    )


def erased_numbers(connection: Connection) -> list[PassportNumber]:
    """Return the numbers of everybody whose erasure is finished."""
    return list(
        connection.scalars(
            select(participant.c.participant_id).where(participant.c.state == "erased")
        )
    )


def active_numbers(connection: Connection) -> list[PassportNumber]:
    """Return the numbers of everybody of whom nobody has asked an erasure."""
    return list(
        connection.scalars(
            select(participant.c.participant_id).where(participant.c.state == "active")
        )
    )


def forget_person(connection: Connection, participant_id: PassportNumber) -> None:
    """See `Records.forget_person`: the bare number stays, and nothing is joined to it.

    In the feed the entries stay without whose they are, or the number would lead to the leaves.
    """
    _forget_how_they_are_known(connection, participant_id)
    for table in (journal, disclosure):
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
    # what was shown under this number of somebody who was parted from it has long been taken back
    connection.execute(
        update(disclosure).where(disclosure.c.shown_as == participant_id).values(shown_as=GONE)
    )


def _forget_how_they_are_known(connection: Connection, participant_id: PassportNumber) -> None:
    for table in (match_key, provider_reference, standing):
        connection.execute(delete(table).where(table.c.participant_id == participant_id))
