"""What each recipient was sent: written before it is sent, so that it misses no delivery."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

from sqlalchemy import Connection, Text, cast, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from consent_ledger.journal.bulk import (
    asked_events,
    asking_for,
    between,
    copy_rows,
    for_each,
    is_of,
)
from consent_ledger.journal.copy_format import (
    NULL,
    bigint,
    boolean,
    data,
    integer,
    row_of,
    text,
    uuid,
)
from consent_ledger.tables.delivery import aborted_turn, disclosure
from schemas.categories import Mask
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber

GONE: Final = "erased"
"""In place of an erased person's number, under which another person's event was shown once."""

_ASKED = asked_events()
_SHOWN_AS = func.coalesce(disclosure.c.shown_as, disclosure.c.participant_id)
_PLACE = disclosure.c.agreement_id, _SHOWN_AS
_KEY = disclosure.c.participant_id, disclosure.c.event_id, *_PLACE
_LAST_OF_EVENT = for_each(
    select(
        disclosure.c.agreement_id,
        _SHOWN_AS.label("shown_as"),
        disclosure.c.mask,
        disclosure.c.digest,
        disclosure.c.issue,
        disclosure.c.turn,
    )
    .ext(distinct_on(*_PLACE))
    .where(*is_of(disclosure, _ASKED))
    .order_by(*_PLACE, disclosure.c.turn.desc()),
    "last",
)
_LAST = (
    select(
        _ASKED.c.participant_id,
        cast(_ASKED.c.event_id, Text),
        _LAST_OF_EVENT.c.agreement_id,
        _LAST_OF_EVENT.c.shown_as,
        _LAST_OF_EVENT.c.mask,
        _LAST_OF_EVENT.c.digest,
        _LAST_OF_EVENT.c.issue,
        aborted_turn.c.turn.is_(None),
    )
    .join_from(_ASKED, _LAST_OF_EVENT, true())
    .outerjoin(aborted_turn, aborted_turn.c.turn == _LAST_OF_EVENT.c.turn)
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


@dataclass(init=False)
class NewDisclosure:
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

    def __init__(
        self,
        *,
        participant_id: PassportNumber,
        event_id: EventId,
        agreement_id: AgreementId,
        shown_as: PassportNumber,
        issue: int,
        mask: Mask,
        by_sensitive_gate: bool | None,
        digest: bytes | None,
        decided_by: LedgerIndex,
    ) -> None:
        self.participant_id = participant_id
        self.event_id = event_id
        self.agreement_id = agreement_id
        self.shown_as = shown_as
        self.issue = issue
        self.mask = mask
        self.by_sensitive_gate = by_sensitive_gate
        self.digest = digest
        self.decided_by = decided_by


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
    connection: Connection,
    participant_ids: Collection[PassportNumber],
    after: EventId | None = None,
    upto: EventId | None = None,
) -> list[tuple[PassportNumber, EventId]]:
    """Return participant and event id of everything of these people that was ever disclosed.

    Of events behind the one id, if it is given, and up to the other.
    """
    query = (
        select(disclosure.c.participant_id, cast(disclosure.c.event_id, Text))
        .where(disclosure.c.participant_id == func.any(cast(list(participant_ids), ARRAY(Text))))
        .where(*between(disclosure.c.event_id, after, upto))
        .distinct()
    )
    rows = connection.execute(query)
    return [(row[0], row[1]) for row in rows]


def add_disclosures(connection: Connection, turn: int, rows: Iterable[NewDisclosure]) -> None:
    """Write what a turn is about to send, by COPY."""
    columns = ("turn", *(field.name for field in fields(NewDisclosure)))
    copy_rows(connection, disclosure, columns, _packed(bigint(turn), rows))


def _packed(turn: bytes, rows: Iterable[NewDisclosure]) -> Iterator[bytes]:
    for new in rows:
        gate, digest = new.by_sensitive_gate, new.digest
        yield row_of(
            turn,
            text(new.participant_id),
            uuid(new.event_id),
            text(new.agreement_id),
            NULL if new.shown_as == new.participant_id else text(new.shown_as),
            integer(new.issue),
            integer(new.mask),
            NULL if gate is None else boolean(gate),
            NULL if digest is None else data(digest),
            bigint(new.decided_by),
        )


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
