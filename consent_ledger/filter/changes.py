"""What changed in the ledger since the last turn, and which people it concerns."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Integer,
    Text,
    bindparam,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from typing_extensions import override

from consent_ledger.filter.store import Cursor, FeedEntry, FilterTransaction
from consent_ledger.journal.array_text import array_of
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.tables.consent import CHANGES_OF_TERMS, change, standing
from consent_ledger.tables.delivery import journal, shard
from consent_ledger.tables.register import participant
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ServiceId

CHUNK: Final = 500
"""Participants found together when a change concerns everybody: no more are looked at in a turn."""

MOST: Final = 10_000
"""Entries read in one turn: a filter that was away for long catches up in bounded memory."""

_SINCE = (
    select(
        change.c.seq,
        change.c.kind,
        change.c.participant_id,
        change.c.agreement_id,
        change.c.service_id,
        change.c.recorded_at,
        change.c.partition,
    )
    .where(change.c.seq >= bindparam("next_seq"))
    .order_by(change.c.seq)
    .limit(MOST)
)

_ENTRIES = (
    select(*_SINCE.selected_columns)
    .where(change.c.seq == func.any(array_of("seqs", BigInteger)))
    .order_by(change.c.seq)
)

_LAST_OF_TERMS = select(func.max(change.c.seq)).where(change.c.kind.in_(CHANGES_OF_TERMS))

OUTLOOK: Final = (
    select(func.max(change.c.seq)).scalar_subquery().label("newest"),
    _LAST_OF_TERMS.scalar_subquery().label("of_terms"),
    select(func.min(standing.c.until))
    .where(standing.c.until > shard.c.checked_at)
    .correlate(shard)
    .scalar_subquery()
    .label("next_end"),
)
"""Columns, beside those of a shard, of what its `Outlook` says."""

_EXPIRED = (
    select(standing.c.participant_id, standing.c.agreement_id)
    .join(participant, participant.c.participant_id == standing.c.participant_id)
    .where(
        standing.c.until > bindparam("since", type_=DateTime(timezone=True)),
        standing.c.until <= bindparam("end", type_=DateTime(timezone=True)),
        participant.c.partition == func.any(bindparam("partitions", type_=ARRAY(Integer))),
    )
)


class Outlook(NamedTuple):
    """What a transaction saw of the ledger when it locked its shard: most often, nothing new.

    The newest entry and the newest of the terms; the first end of a grant after `since`.
    """

    newest: LedgerIndex | None
    of_terms: LedgerIndex | None
    next_end: datetime | None
    since: datetime

    def is_any_behind(self, cursor: Cursor) -> bool:
        """Return whether there are entries that a cursor has not come to."""
        return self.newest is not None and self.newest >= cursor.next_seq

    def may_end(self, since: datetime, until: datetime) -> bool:
        """Return whether a grant, whoever's, may have run out in between."""
        return since < self.since or (self.next_end is not None and self.next_end <= until)


class LedgerChanges(FilterTransaction, Protocol):
    """What a transaction knows of the ledger's changes.

    It sees one state of the ledger throughout: what its `outlook` says, once it has one, is not
    asked for again.
    """

    connection: Connection
    outlook: Outlook | None

    @override
    def changes_since(
        self, cursor: Cursor, begins: Mapping[int, LedgerIndex]
    ) -> tuple[list[FeedEntry], LedgerIndex]:
        if self.outlook is not None and not self.outlook.is_any_behind(cursor):
            return [], cursor.next_seq
        rows = self.connection.execute(_SINCE, {"next_seq": cursor.next_seq}).all()
        found = [
            _entry(row)
            for row in rows
            if row.partition is None or row.seq >= begins.get(row.partition, math.inf)
        ]
        return found, rows[-1].seq + 1 if rows else cursor.next_seq

    @override
    def last_change_of_terms(self) -> LedgerIndex | None:
        if self.outlook is not None:
            return self.outlook.of_terms
        found: LedgerIndex | None = self.connection.scalar(_LAST_OF_TERMS)
        return found

    @override
    def expired_since(
        self, since: datetime, until: datetime, partitions: Sequence[int]
    ) -> list[tuple[PassportNumber, AgreementId]]:
        if self.outlook is not None and not self.outlook.may_end(since, until):
            return []
        rows = self.connection.execute(
            _EXPIRED, {"since": since, "end": until, "partitions": list(partitions)}
        )
        return [(row.participant_id, row.agreement_id) for row in rows]

    @override
    def entries(self, seqs: Collection[LedgerIndex]) -> list[FeedEntry]:
        return [_entry(row) for row in self.connection.execute(_ENTRIES, {"seqs": seqs})]

    @override
    def people_with_events(
        self,
        partitions: Sequence[int],
        services: Collection[ServiceId] | None,
        after: PassportNumber,
    ) -> list[PassportNumber]:
        theirs = journal.c.participant_id == participant.c.participant_id
        if services is not None:
            theirs &= journal.c.service_id == func.any(cast(sorted(services), ARRAY(Text)))
        query = select(participant.c.participant_id).where(
            participant.c.partition == func.any(cast(list(partitions), ARRAY(Integer))),
            participant.c.state != "erased",
            participant.c.participant_id > after,
            exists().where(theirs),
        )
        query = query.order_by(participant.c.participant_id).limit(CHUNK)
        return list(self.connection.scalars(query))


def _entry(row: Any) -> FeedEntry:
    """Return an entry of the feed, of a row of what `_SINCE` selects."""
    return FeedEntry(row.seq, EntryKind(row.kind), *row[2:6])
