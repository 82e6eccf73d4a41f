"""Who asked at which door about somebody who is known: written down, for the person to see."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from consent_ledger.tables.register import look_up
from schemas.identifiers import PassportNumber, ProviderId


class Reply(StrEnum):
    """What a provider was told that looked somebody up, or what it showed."""

    POSSIBLE_MATCH = "possible-match"
    """That the person may have a number, not which."""
    BY_NUMBER = "by-number"
    """It had the number: from the person's card, or out of a record that carries it."""
    NUMBER_TOLD = "number-told"
    """The number, with the person's consent."""


class LookUp(NamedTuple):
    """One look-up of a participant."""

    at: datetime
    provider_id: ProviderId
    answer: Reply


def note_look_up(
    connection: Connection,
    provider_id: ProviderId,
    participant_ids: Collection[PassportNumber],
    answer: Reply,
    at: datetime,
) -> None:
    """Write down that a provider looked these participants up. Rows are never changed."""
    if participant_ids:
        row = {"provider_id": provider_id, "answer": answer.value, "at": at}
        connection.execute(
            insert(look_up), [row | {"participant_id": one} for one in sorted(participant_ids)]
        )


def look_ups_of(connection: Connection, participant_id: PassportNumber) -> list[LookUp]:
    """Return every look-up of a participant, the oldest first."""
    rows = connection.execute(
        select(look_up.c.at, look_up.c.provider_id, look_up.c.answer)
        .where(look_up.c.participant_id == participant_id)
        .order_by(look_up.c.number)
    )
    return [LookUp(at, ProviderId(provider_id), Reply(answer)) for at, provider_id, answer in rows]
