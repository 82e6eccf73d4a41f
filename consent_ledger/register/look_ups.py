"""Who asked at which door about somebody who is known: written down, for the person to see."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import Connection, Text, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY

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
    KNOWN = "known"
    """The number, because what it told is as good as certainly theirs; not that it was known."""
    PREFILLED = "prefilled"
    """It showed the number, and was given a form filled with what it may see."""


_NOTE: Final = insert(look_up).from_select(
    ["participant_id", "provider_id", "answer", "at"],
    select(
        func.unnest(bindparam("ids", type_=ARRAY(Text))),
        bindparam("by", type_=Text),
        func.unnest(bindparam("answers", type_=ARRAY(Text))),
        bindparam("at", type_=look_up.c.at.type),
    ),
)


class NotedLookUp(NamedTuple):
    """Whom a provider looked up, and what it was told or showed."""

    participant_id: PassportNumber
    answer: Reply


class LookUp(NamedTuple):
    """One look-up of a participant."""

    at: datetime
    provider_id: ProviderId
    answer: Reply


def note_look_ups(
    connection: Connection,
    provider_id: ProviderId,
    looked_up: Sequence[NotedLookUp],
    at: datetime,
) -> None:
    """Write down that a provider looked participants up. Rows are never changed.

    It is one statement, whoever was found, also where that is nobody.
    """
    ids = [number for number, _ in looked_up]
    answers = [answer.value for _, answer in looked_up]
    connection.execute(_NOTE, {"ids": ids, "by": provider_id, "answers": answers, "at": at})


def look_ups_of(connection: Connection, participant_id: PassportNumber) -> list[LookUp]:
    """Return every look-up of a participant, the oldest first."""
    rows = connection.execute(
        select(look_up.c.at, look_up.c.provider_id, look_up.c.answer)
        .where(look_up.c.participant_id == participant_id)
        .order_by(look_up.c.number)
    )
    return [LookUp(at, ProviderId(provider_id), Reply(answer)) for at, provider_id, answer in rows]
