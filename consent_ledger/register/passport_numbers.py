"""Passport numbers as stored, which of them are one person's, and whom an entry may be about.

A person may have been given two numbers at two doors. Merged, their events are shown under one of
them; each number keeps its key, its events and its standings, so that a merge can be taken back.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, or_, select

from consent_ledger.ledger.ledger import Subject
from consent_ledger.tables.register import participant
from schemas.errors import BusError
from schemas.identifiers import LedgerIndex, PassportNumber

NumberPair = tuple[PassportNumber, PassportNumber]
"""Two numbers, the lower one first."""


class RegisterError(BusError):
    """A participant or provider that the register does not know, or may not take."""


class ErasedError(RegisterError):
    """The person was erased: only their own wish brings them back.

    Of a passport number it says the same as of one that was never issued: whoever holds it does not
    learn from an error that somebody was here.
    """


NOBODY: Final = (
    "No participant has that passport number.",
    "Check it with the person it belongs to.",
)
"""Message and hint, whether a number was never issued or its person was erased."""


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


def in_order(number: PassportNumber, other: PassportNumber) -> NumberPair:
    """Return two numbers as a pair, the same whichever comes first."""
    return min(number, other), max(number, other)


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
    """Return all numbers of the person with this one, the one they are shown under first.

    The list is empty for a number that was never issued. `lock` keeps every other transaction from
    changing any of them, and not from referring to them: whoever registers holds the head of the
    ledger, which whoever locks a number may be waiting for.
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
        rows = connection.execute(wanted.with_for_update(key_share=True) if lock else wanted).all()
        found = [ParticipantRow(*row) for row in rows]
        if not found:
            return []
        # they may have been merged or unmerged while this waited for the lock: then it asks again
        is_whole = any(one.participant_id == participant_id for one in found)
        if is_whole and found[0].merged_into is None:
            return found


def person(connection: Connection, participant_id: PassportNumber) -> list[Subject]:
    """Return every number of an active person, the one shown first; RegisterError without one."""
    return [who for who, _ in all_active(numbers_of(connection, participant_id))]


def subject(connection: Connection, participant_id: PassportNumber) -> Subject:
    """Return the active participant with this number; RegisterError where there is none."""
    return active(participant_row(connection, participant_id))[0]


def active(row: ParticipantRow | None) -> tuple[Subject, bytes]:
    """Return an active participant, and the salt of the digests in the ledger's leaves.

    Raises RegisterError when the number was never issued; ErasedError, in the same words, when the
    person was erased.
    """
    if row is None:
        raise RegisterError(*NOBODY)
    if row.state != "active" or row.salt is None or row.ledger_id is None:
        raise ErasedError(*NOBODY)
    return Subject(row.participant_id, row.ledger_id, row.partition), row.salt


def all_active(rows: Sequence[ParticipantRow]) -> list[tuple[Subject, bytes]]:
    """Return the same of every number of one person, in the order of the rows.

    Raises RegisterError when there are none: the number was never issued; or the person was erased.
    """
    return [active(row) for row in (rows or (None,))]
