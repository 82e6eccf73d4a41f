"""When a change was enforced: when all it asks for had been flushed to the trays."""

import time
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    any_,
    exists,
    func,
    literal,
    or_,
    select,
)

from consent_ledger.ledger.notifications import ENFORCED_CHANNEL, Listener
from consent_ledger.tables.consent import CHANGES_OF_TERMS, change
from consent_ledger.tables.delivery import enforcement, shard, sweep
from schemas.identifiers import AgreementId, LedgerIndex

LOOK_SECONDS: Final = 0.05
"""A shard that an entry does not concern rings no bell when it has passed it."""

_UNDER_WAY: Final = (
    sweep.c.shard_id == shard.c.shard_id,
    sweep.c.participant_id.is_not(None) | ~shard.c.is_retired,
)
"""A sweep. What a shard that is retired has not swept of everybody is done again by others."""


class Cost(NamedTuple):
    """How many records were written to a tray, and how many retracted from it."""

    records: int = 0
    tombstones: int = 0

    def plus(self, other: Self) -> "Cost":
        """Return both together."""
        return Cost(self.records + other.records, self.tombstones + other.tombstones)


class Enforcement(NamedTuple):
    """Both times of an entry, and what its enforcement cost over all shards it concerns."""

    seq: LedgerIndex
    recorded_at: datetime
    enforced_at: datetime
    records: int
    tombstones: int
    by_agreement: dict[AgreementId, Cost]

    @property
    def seconds(self) -> float:
        """Seconds from recorded to enforced."""
        return (self.enforced_at - self.recorded_at).total_seconds()


def wait_until_enforced(
    engine: Engine, seq: LedgerIndex, timeout_seconds: float
) -> Enforcement | None:
    """Wait until an entry is enforced by every shard it concerns; None when time runs out first."""
    deadline = time.monotonic() + timeout_seconds
    with Listener(engine, ENFORCED_CHANNEL) as bell:
        while True:
            with engine.connect() as connection:
                found = enforced(connection, seq)
            rest = deadline - time.monotonic()
            if found is not None or rest <= 0:
                return found
            bell.wait(min(rest, 1.0))


def wait_until_past(engine: Engine, seq: LedgerIndex, timeout_seconds: float) -> bool:
    """Wait until every shard has come past a change, also those that it does not concern.

    From then on nothing is appended that was decided without knowing of the entry.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        with engine.connect() as connection:
            if is_past(connection, seq):
                return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_SECONDS)


def is_past(connection: Connection, seq: LedgerIndex) -> bool:
    """Return whether every shard that there is has come past a change about people.

    And past all its parts, none of which is still swept.

    Every shard: events of a number that was once merged into another were shown under that one, and
    the other number's shard has retracted them.
    """
    last = select(func.max(change.c.seq)).where(is_part_of(seq)).scalar_subquery()
    behind = exists().where(shard.c.next_seq <= last, ~shard.c.is_retired)
    swept = exists().where(is_part_of(seq), _is_swept(change.c.seq))
    return connection.scalar(select(~(behind | swept))) is True


def is_everything_enforced(connection: Connection) -> bool:
    """Return whether every shard has carried out all that the ledger asks up to now."""
    last = select(func.max(change.c.seq)).scalar_subquery()
    behind = exists().where(shard.c.next_seq <= last, ~shard.c.is_retired)
    return connection.scalar(select(~(behind | exists().where(*_UNDER_WAY)))) is True


def recorded_at(connection: Connection, seq: LedgerIndex) -> datetime:
    """Return when a change was entered in the ledger."""
    at: datetime = connection.execute(
        select(change.c.recorded_at).where(change.c.seq == seq)
    ).scalar_one()
    return at


def last_change(connection: Connection) -> LedgerIndex:
    """Return the newest entry that asks anything of the filter, -1 where there is none.

    It may not be the ledger's newest: what was disclosed is entered, too, and asks for nothing.
    """
    found = connection.scalar(select(func.max(change.c.seq)))
    return LedgerIndex(-1 if found is None else found)


def enforced(connection: Connection, seq: LedgerIndex) -> Enforcement | None:
    """Return an entry's enforcement, None while a shard it concerns has not come so far.

    It is that of the whole change: what was entered with it as a part of it is enforced, too.
    """
    parts = connection.execute(
        select(change.c.seq, change.c.recorded_at, change.c.partition).where(is_part_of(seq))
    ).all()
    if not parts:
        return None
    if not all(_is_carried_out(connection, part.seq, part.partition) for part in parts):
        return None
    recorded_at = parts[0].recorded_at
    rows = connection.execute(
        select(
            enforcement.c.enforced_at,
            enforcement.c.records,
            enforcement.c.tombstones,
            enforcement.c.by_agreement,
        ).where(enforcement.c.seq.in_([part.seq for part in parts]))
    ).all()
    by_agreement: dict[AgreementId, Cost] = {}
    for row in rows:
        for agreement_id, (records, tombstones) in row.by_agreement.items():
            before = by_agreement.get(agreement_id, Cost())
            by_agreement[agreement_id] = before.plus(Cost(records, tombstones))
    return Enforcement(
        seq,
        recorded_at,
        max((row.enforced_at for row in rows), default=recorded_at),
        sum(row.records for row in rows),
        sum(row.tombstones for row in rows),
        dict(sorted(by_agreement.items())),
    )


def _is_carried_out(connection: Connection, seq: LedgerIndex, partition: int | None) -> bool:
    """Return whether it is: in its partition by any shard that ever wrote there, or in each."""
    if partition is None:
        is_done = ~exists().where(shard.c.next_seq <= seq, ~shard.c.is_retired)
    else:
        is_done = exists().where(shard.c.next_seq > seq, any_(shard.c.partitions) == partition)
    return connection.scalar(select(is_done & ~_is_swept(literal(seq)))) is True


def _is_swept(seq: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition of an entry that a shard has come past, and not to the end of."""
    return exists().where(seq == any_(sweep.c.seqs), *_UNDER_WAY)


def enforced_of(
    connection: Connection, seqs: Collection[LedgerIndex]
) -> dict[LedgerIndex, Enforcement]:
    """Return the enforcement of each of these entries that is enforced."""
    # an entry that no shard has come past costs no query of its own
    farthest = connection.scalar(select(func.max(shard.c.next_seq))) or 0
    found = {seq: enforced(connection, seq) for seq in seqs if seq < farthest}
    return {seq: done for seq, done in found.items() if done is not None}


def is_change(
    connection: Connection, seq: LedgerIndex, of: Collection[AgreementId] | None = None
) -> bool:
    """Return whether an entry asks anything of the filter.

    With `of` it is what was said about one of these agreements, and no change of their terms.
    """
    query = select(change.c.seq).where(change.c.seq == seq)
    if of is not None:
        query = query.where(
            change.c.agreement_id.in_(sorted(of)), change.c.kind.not_in(CHANGES_OF_TERMS)
        )
    return connection.scalar(query) is not None


def is_part_of(seq: LedgerIndex) -> ColumnElement[bool]:
    """Return the condition of an entry and of all that was entered as a part of its change."""
    return or_(change.c.seq == seq, change.c.with_seq == seq)
