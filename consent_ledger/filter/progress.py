"""A shard's progress in PostgreSQL: its lease, its positions, its turns."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Integer,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from consent_ledger.filter.changes import OUTLOOK, Outlook
from consent_ledger.filter.shards import begins
from consent_ledger.filter.store import (
    Cursor,
    Enforced,
    FencedError,
    FilterTransaction,
    ShardLease,
    ShardState,
    Waiting,
)
from consent_ledger.filter.stored_sweeps import (
    begin_sweeps,
    give_up_sweeps_of_everybody,
    go_on_with,
    sweeps_of_everybody,
)
from consent_ledger.filter.sweep import Sweep
from consent_ledger.filter.waiting import settle
from consent_ledger.journal.array_text import array_of
from consent_ledger.ledger.notifications import ENFORCED_CHANNEL
from consent_ledger.tables.delivery import (
    aborted_turn,
    enforcement,
    position,
    shard,
    turn_seq,
    unentered_turn,
)
from schemas.errors import BusError
from schemas.identifiers import TopicName

_FENCE = (  # and see what the ledger asks, in one statement: a turn waits for each
    select(shard.c.epoch, shard.c.next_seq, shard.c.checked_at, shard.c.decided_until, *OUTLOOK)
    .where(shard.c.shard_id == bindparam("held_id"))
    .with_for_update(of=shard)
)

_NOW = bindparam("now", type_=DateTime(timezone=True))
_OPENED = (
    insert(unentered_turn)
    .values(turn=turn_seq.next_value())
    .returning(unentered_turn.c.turn)
    .cte("opened")
)
_OPEN = (
    update(shard)
    .where(shard.c.shard_id == bindparam("held_id"))
    .values(
        open_turn=select(_OPENED.c.turn).scalar_subquery(),
        checked_at=func.least(shard.c.checked_at, _NOW),
        decided_until=func.greatest(shard.c.decided_until, _NOW),
    )
    .returning(shard.c.open_turn)
)

_MOVING = upsert(position).from_select(
    ["topic", "partition", "next_offset"],
    select(
        func.unnest(array_of("moved_topics", Text)),
        func.unnest(array_of("moved_partitions", Integer)),
        func.unnest(array_of("moved_offsets", BigInteger)),
    ),
)
_MOVED = _MOVING.on_conflict_do_update(
    index_elements=["topic", "partition"],
    set_={"next_offset": _MOVING.excluded.next_offset},
).cte("moved")
_CLOSE = (  # and move positions, in one statement: a turn waits for each
    update(shard)
    .where(shard.c.shard_id == bindparam("held_id"))
    .values(
        open_turn=None,
        next_seq=bindparam("to_seq"),
        checked_at=bindparam("to_checked_at"),
        decided_until=bindparam("to_decided_until"),
    )
    .add_cte(_MOVED)
)
_CLOSE_UNSYNCED = _CLOSE.returning(func.set_config("synchronous_commit", "off", True))
"""The same, and its commit does not wait for the disk: a turn that is forgotten is done again."""


class ShardProgress(FilterTransaction, Protocol):
    """What a transaction knows of a shard: which process may write, and how far it has come.

    `shard_id` is the shard that the transaction is about, once it is known, and `outlook` what the
    ledger asks of it, once it is locked.
    """

    connection: Connection
    shard_id: int | None
    outlook: Outlook | None

    @override
    def shards(self) -> list[ShardState]:
        sweeps = sweeps_of_everybody(self.connection)
        return [
            ShardState(
                row.shard_id,
                tuple(row.partitions),
                Cursor(row.next_seq, row.checked_at, row.decided_until),
                row.is_retired,
                tuple(sweep for sweep in sweeps if sweep.shard_id == row.shard_id),
            )
            for row in self.connection.execute(select(shard).order_by(shard.c.shard_id))
        ]

    @override
    def replace_shards(self, new: Sequence[ShardState]) -> None:
        give_up_sweeps_of_everybody(self.connection)
        self.connection.execute(update(shard).where(~shard.c.is_retired).values(is_retired=True))
        self.connection.execute(
            insert(shard),
            [
                {
                    "shard_id": state.shard_id,
                    "partitions": list(state.partitions),
                    "epoch": 0,
                    "next_seq": state.cursor.next_seq,
                    "checked_at": state.cursor.checked_at,
                    "decided_until": state.cursor.decided_until,
                }
                for state in new
            ],
        )

    @override
    def acquire(self, shard_id: int) -> ShardLease:
        self.shard_id = shard_id
        row = self.connection.execute(
            update(shard)
            .where(shard.c.shard_id == shard_id, ~shard.c.is_retired)
            .values(epoch=shard.c.epoch + 1)
            .returning(shard.c.epoch, shard.c.partitions, shard.c.open_turn)
        ).one_or_none()
        if row is None:
            raise BusError(f"There is no shard {shard_id}.", "`nwd init` makes them.")
        if row.open_turn is not None:
            self.connection.execute(
                upsert(aborted_turn).values(turn=row.open_turn).on_conflict_do_nothing()
            )
            self.connection.execute(
                update(shard).where(shard.c.shard_id == shard_id).values(open_turn=None)
            )
        retired = [state for state in self.shards() if state.is_retired]
        return ShardLease(shard_id, row.epoch, begins(retired, row.partitions))

    @override
    def fence(self, lease: ShardLease) -> Cursor:
        self.shard_id = lease.shard_id
        row = self.connection.execute(_FENCE, {"held_id": lease.shard_id}).one()
        if row.epoch != lease.epoch:
            raise FencedError(lease.shard_id)
        self.outlook = Outlook(row.newest, row.of_terms, row.next_end, since=row.checked_at)
        return Cursor(row.next_seq, row.checked_at, row.decided_until)

    @override
    def positions_of(
        self, topics: Sequence[TopicName], partitions: Sequence[int]
    ) -> dict[tuple[TopicName, int], int | None]:
        return positions_of(self.connection, topics, partitions)

    @override
    def open_turn(self, lease: ShardLease, now: datetime) -> int:
        return int(
            self.connection.execute(_OPEN, {"held_id": lease.shard_id, "now": now}).scalar_one()
        )

    @override
    def close_turn(
        self,
        lease: ShardLease,
        positions: Mapping[tuple[TopicName, int], int],
        cursor: Cursor,
        enforced: Sequence[Enforced],
        settled: Collection[Waiting] = (),
        *,
        begun: Sequence[Sweep] = (),
        swept: Sweep | None = None,
    ) -> None:
        settle(self.connection, settled)
        begin_sweeps(self.connection, begun)
        if swept is not None:
            go_on_with(self.connection, swept)
        self.connection.execute(
            _CLOSE if enforced else _CLOSE_UNSYNCED,  # somebody is told of what is enforced
            {
                "held_id": lease.shard_id,
                "moved_topics": [topic for topic, _ in positions],
                "moved_partitions": [partition for _, partition in positions],
                "moved_offsets": list(positions.values()),
                "to_seq": cursor.next_seq,
                "to_checked_at": cursor.checked_at,
                "to_decided_until": cursor.decided_until,
            },
        )
        if enforced:
            self.connection.execute(
                insert(enforcement),
                [
                    {
                        "seq": change.seq,
                        "shard_id": change.shard_id,
                        "records": sum(cost.records for cost in change.cost.values()),
                        "tombstones": sum(cost.tombstones for cost in change.cost.values()),
                        "by_agreement": dict(change.cost),
                    }
                    for change in enforced
                ],
            )
            self.connection.execute(text(f"NOTIFY {ENFORCED_CHANNEL}"))


def positions_of(
    connection: Connection, topics: Sequence[TopicName], partitions: Sequence[int]
) -> dict[tuple[TopicName, int], int | None]:
    """Return where to go on in each partition of these topics; None where nothing was read yet."""
    saved = {
        (row.topic, row.partition): row.next_offset
        for row in connection.execute(
            select(position).where(position.c.topic == func.any(cast(list(topics), ARRAY(Text))))
        )
    }
    return {
        (topic, partition): saved.get((topic, partition))
        for topic in topics
        for partition in partitions
    }
