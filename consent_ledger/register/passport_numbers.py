"""Passport numbers as stored, and which of them are one person's.

Somebody may have been given two numbers at two doors. Merged, their events are shown under one of
them; each number keeps its key, its events and what was said of it, so that it can be taken back.
"""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from consent_ledger.tables.register import participant
from schemas.identifiers import LedgerIndex, PassportNumber


class ParticipantRow(NamedTuple):
    """A passport number as stored: active, erasing or erased.

    From the entry of an erasure on there is no salt, once it is finished no ledger id either.
    `merged_into` is the number under which trays show its events, None its own; `named_seq` the
    entry that said so last.
    """

    participant_id: PassportNumber
    ledger_id: UUID | None
    partition: int
    state: str
    salt: bytes | None
    merged_into: PassportNumber | None = None
    named_seq: LedgerIndex | None = None

    @property
    def shown_as(self) -> PassportNumber:
        """The number under which trays show the events of this one."""
        return self.merged_into or self.participant_id


COLUMNS = tuple(participant.c[name] for name in ParticipantRow._fields)
"""Of a number's row, in the order of `ParticipantRow`."""


def participant_row(
    connection: Connection, participant_id: PassportNumber
) -> ParticipantRow | None:
    """Return a number's row, None if it was never issued."""
    row = connection.execute(
        select(*COLUMNS).where(participant.c.participant_id == participant_id)
    ).one_or_none()
    return ParticipantRow(*row) if row else None


def shown_as() -> ColumnElement[str]:
    """Return the expression of the number under which trays show a participant's events."""
    return func.coalesce(participant.c.merged_into, participant.c.participant_id)


def numbers_of(
    connection: Connection, participant_id: PassportNumber, *, lock: bool = False
) -> list[ParticipantRow]:
    """Return all numbers of the person with this one, that under which they are shown first.

    Locked, nobody else can change any of them before the transaction ends. None: it was never
    issued.
    """
    while True:
        asked = participant.c.participant_id == participant_id
        main = select(shown_as()).where(asked).scalar_subquery()
        wanted = (
            select(*COLUMNS)
            .where(or_(participant.c.participant_id == main, participant.c.merged_into == main))
            # the same order for everybody: two who lock the same person do not lock each other out
            .order_by(participant.c.merged_into.is_not(None), participant.c.participant_id)
        )
        rows = connection.execute(wanted.with_for_update() if lock else wanted).all()
        found = [ParticipantRow(*row) for row in rows]
        if not found:
            return []
        # they may have been merged or unmerged while this waited for the lock: then it asks again
        is_whole = any(one.participant_id == participant_id for one in found)
        if is_whole and found[0].merged_into is None:
            return found


def show_as(
    connection: Connection,
    participant_id: PassportNumber,
    other: PassportNumber | None,
    seq: LedgerIndex,
) -> None:
    """Show a number's events under another one, or under its own again. See `Records.show_as`."""
    connection.execute(
        update(participant)
        .where(participant.c.participant_id == participant_id)
        .values(merged_into=other, named_seq=seq)
    )
