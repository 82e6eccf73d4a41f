"""What waits for a tray's next batch, in PostgreSQL: ids alone, no value."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import (
    Connection,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from consent_ledger.filter.store import FilterTransaction, Waiting
from consent_ledger.journal.array_text import array_of
from consent_ledger.journal.bulk import deletion_of
from consent_ledger.tables.delivery import waiting
from consent_ledger.tables.register import participant
from schemas.identifiers import AgreementId, EventId, PassportNumber

_TIME = DateTime(timezone=True)
_OUTSIDE = (
    select(waiting.c.participant_id)
    .distinct()
    .join(participant, participant.c.participant_id == waiting.c.participant_id)
    .where(
        waiting.c.agreement_id == bindparam("agreement_id"),
        (waiting.c.since < bindparam("begun", type_=_TIME))
        | (waiting.c.since >= bindparam("end", type_=_TIME)),
        participant.c.partition == func.any(bindparam("partitions", type_=ARRAY(Integer))),
    )
)
_ASKED = (
    func.unnest(
        array_of("participants", Text),
        array_of("events", Uuid),
        array_of("agreements", Text),
    )
    .table_valued("participant_id", "event_id", "agreement_id", name="asked")
    .render_derived()
)
_ADD = (
    upsert(waiting)
    .from_select(
        [*Waiting._fields, "since"],
        select(*(_ASKED.c[name] for name in Waiting._fields), bindparam("since", type_=_TIME)),
    )
    .on_conflict_do_nothing()
)
_SETTLE = deletion_of(waiting, _ASKED)


class WaitingEvents(FilterTransaction, Protocol):
    """What a transaction knows of events that wait."""

    connection: Connection

    @override
    def add_waiting(self, rows: Collection[Waiting], now: datetime) -> None:
        if rows:
            self.connection.execute(_ADD, _asking_for(rows) | {"since": now})

    @override
    def waiting_outside(
        self, agreement_id: AgreementId, begun: datetime, end: datetime, partitions: Sequence[int]
    ) -> list[PassportNumber]:
        asked = {
            "agreement_id": agreement_id,
            "begun": begun,
            "end": end,
            "partitions": list(partitions),
        }
        return list(self.connection.scalars(_OUTSIDE, asked))

    @override
    def waiting_of(
        self, participant_ids: Collection[PassportNumber], agreement_ids: Collection[AgreementId]
    ) -> list[Waiting]:
        rows = self.connection.execute(
            select(
                waiting.c.participant_id, cast(waiting.c.event_id, Text), waiting.c.agreement_id
            ).where(
                waiting.c.participant_id == func.any(cast(list(participant_ids), ARRAY(Text))),
                waiting.c.agreement_id == func.any(cast(list(agreement_ids), ARRAY(Text))),
            )
        )
        return [Waiting(row[0], EventId(row[1]), row[2]) for row in rows]


def settle(connection: Connection, rows: Collection[Waiting]) -> None:
    """Let these events wait no longer; those that did not are left alone."""
    if rows:
        connection.execute(_SETTLE, _asking_for(rows))


def _asking_for(rows: Collection[Waiting]) -> dict[str, object]:
    columns = zip(*rows, strict=True)
    return dict(zip(("participants", "events", "agreements"), map(list, columns), strict=True))
