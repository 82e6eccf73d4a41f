"""What each recipient was sent: written before it is sent, so that it misses no delivery."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from consent_ledger.journal.bulk import asked_events, asking_for, copy_rows
from consent_ledger.tables.delivery import aborted_turn, disclosure
from schemas.categories import Mask
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber

GONE: Final = "erased"
"""In place of an erased person's number, under which another person's event was shown once."""

_ASKED = asked_events()
_SHOWN_AS = func.coalesce(disclosure.c.shown_as, disclosure.c.participant_id)
_KEY = disclosure.c.participant_id, disclosure.c.event_id, disclosure.c.agreement_id, _SHOWN_AS
_LAST = (
    select(
        disclosure.c.participant_id,
        cast(disclosure.c.event_id, Text),
        disclosure.c.agreement_id,
        _SHOWN_AS,
        disclosure.c.mask,
        disclosure.c.digest,
        disclosure.c.issue,
        aborted_turn.c.turn.is_(None),
    )
    .ext(distinct_on(*_KEY))
    .join_from(
        _ASKED,
        disclosure,
        (disclosure.c.participant_id == _ASKED.c.participant_id)
        & (disclosure.c.event_id == _ASKED.c.event_id),
    )
    .outerjoin(aborted_turn, aborted_turn.c.turn == disclosure.c.turn)
    .order_by(*_KEY, disclosure.c.turn.desc())
)


class TrayPlace(NamedTuple):
    """Where a record of an event may be: an agreement's tray, and the number in its key."""

    agreement_id: AgreementId
    shown_as: PassportNumber


class Disclosed(NamedTuple):
    """The last record of an event that was sent to one place.

    `mask` 0 is a tombstone. `is_confirmed` is False when the turn that sent it was cut short:
    the tray may hold it or not.
    """

    mask: Mask
    digest: bytes | None
    issue: int
    is_confirmed: bool


class NewDisclosure(NamedTuple):
    """A disclosure about to be made; `shown_as` is the number in the record's key.

    `by_sensitive_gate` says which category opened it; a tombstone was opened by none.
    """

    participant_id: PassportNumber
    event_id: EventId
    agreement_id: AgreementId
    shown_as: PassportNumber
    issue: int
    mask: Mask
    by_sensitive_gate: bool | None
    digest: bytes | None
    decided_by: LedgerIndex


def last_disclosed(
    connection: Connection, events: Collection[tuple[PassportNumber, EventId]]
) -> dict[tuple[PassportNumber, EventId], dict[TrayPlace, Disclosed]]:
    """Return the last disclosure of these events (participant, event id), by place."""
    if not events:
        return {}
    rows = connection.execute(_LAST, asking_for(events))
    found: dict[tuple[PassportNumber, EventId], dict[TrayPlace, Disclosed]] = {}
    for participant_id, event_id, *place, mask, digest, issue, is_confirmed in rows:
        found.setdefault((participant_id, event_id), {})[TrayPlace(*place)] = Disclosed(
            Mask(mask), bytes(digest) if digest is not None else None, issue, is_confirmed
        )
    return found


def disclosed_of(
    connection: Connection, participant_ids: Collection[PassportNumber]
) -> list[tuple[PassportNumber, EventId]]:
    """Return participant and event id of everything of these people that was ever disclosed."""
    rows = connection.execute(
        select(disclosure.c.participant_id, cast(disclosure.c.event_id, Text))
        .where(disclosure.c.participant_id == func.any(cast(list(participant_ids), ARRAY(Text))))
        .distinct()
    )
    return [(row[0], row[1]) for row in rows]


def add_disclosures(connection: Connection, turn: int, rows: Iterable[NewDisclosure]) -> None:
    """Write what a turn is about to send, by COPY."""
    columns = ("turn", *NewDisclosure._fields)
    copy_rows(connection, disclosure, columns, (_row(turn, new) for new in rows))


def _row(turn: int, new: NewDisclosure) -> tuple[object, ...]:
    participant_id, event_id, agreement_id, shown_as, *rest = new
    other = shown_as if shown_as != participant_id else None
    return (turn, participant_id, _uuid(event_id), agreement_id, other, *rest)


@lru_cache(maxsize=1)
def _uuid(event_id: EventId) -> UUID:
    """Return an event's id as PostgreSQL takes it: rows of one event come in succession."""
    return UUID(event_id)


def records_shown(connection: Connection, participant_id: PassportNumber) -> dict[AgreementId, int]:
    """Return how many records each tray shows under a number, as far as it was sent them."""
    last = (
        select(disclosure.c.agreement_id, disclosure.c.mask)
        .ext(distinct_on(*_KEY))
        .where(_SHOWN_AS == participant_id)  # noqa: SIM300 - a column is no constant
        .order_by(*_KEY, disclosure.c.turn.desc())
        .subquery("last")
    )
    rows = connection.execute(
        select(last.c.agreement_id, func.count())
        .where(last.c.mask != 0)
        .group_by(last.c.agreement_id)
    )
    return {AgreementId(agreement_id): count for agreement_id, count in rows}
