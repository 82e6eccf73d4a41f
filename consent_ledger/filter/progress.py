"""A shard's progress: who holds it, how far it has come, which of its turns was cut short."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    DateTime,
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

from consent_ledger.filter.store import Cursor, Enforced, FencedError, Hold
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

_FENCE = (
    select(shard.c.epoch, shard.c.next_seq, shard.c.checked_at, shard.c.decided_until)
    .where(shard.c.shard_id == bindparam("held_id"))
    .with_for_update()
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


def create_shards(connection: Connection, partitions: int, shards: int, now: datetime) -> None:
    """Divide the partitions among shards, once; with the same numbers it changes nothing.

    Raises:
        BusError: they are divided otherwise already.

    """
    wanted = {one: list(range(one, partitions, shards)) for one in range(shards)}
    found = {row.shard_id: row.partitions for row in connection.execute(select(shard))}
    if found and found != wanted:
        held = sum(map(len, found.values()))
        raise BusError(
            f"The bus was set up with {held} partitions in {len(found)} shards,"
            f" not {partitions} in {shards}.",
            "The number of partitions cannot change: a person's records would move.",
        )
    for shard_id, own in wanted.items():
        connection.execute(
            upsert(shard)
            .values(
                shard_id=shard_id,
                partitions=own,
                epoch=0,
                next_seq=0,
                checked_at=now,
                decided_until=now,
            )
            .on_conflict_do_nothing()
        )


def take_over(connection: Connection, shard_id: int) -> Hold:
    """Become the shard's holder; whoever held it is fenced from the commit of this on.

    Raises:
        BusError: there is no such shard.

    """
    row = connection.execute(
        update(shard)
        .where(shard.c.shard_id == shard_id)
        .values(epoch=shard.c.epoch + 1)
        .returning(shard.c.epoch, shard.c.partitions, shard.c.open_turn)
    ).one_or_none()
    if row is None:
        raise BusError(f"There is no shard {shard_id}.", "`nwd init` makes them.")
    if row.open_turn is not None:
        connection.execute(upsert(aborted_turn).values(turn=row.open_turn).on_conflict_do_nothing())
        connection.execute(update(shard).where(shard.c.shard_id == shard_id).values(open_turn=None))
    return Hold(shard_id, row.epoch, tuple(row.partitions))


def fence(connection: Connection, hold: Hold) -> Cursor:
    """Lock the shard's row for this transaction and return its cursor.

    Raises:
        FencedError: it has another holder.

    """
    row = connection.execute(_FENCE, {"held_id": hold.shard_id}).one()
    if row.epoch != hold.epoch:
        raise FencedError(hold.shard_id)
    return Cursor(row.next_seq, row.checked_at, row.decided_until)


def positions_of(
    connection: Connection, topics: Sequence[str], partitions: Sequence[int]
) -> dict[tuple[str, int], int | None]:
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


def open_turn(connection: Connection, hold: Hold, now: datetime) -> int:
    """Open a turn and return its number. See `Transaction.open_turn`."""
    return int(connection.execute(_OPEN, {"held_id": hold.shard_id, "now": now}).scalar_one())


def close_turn(
    connection: Connection,
    hold: Hold,
    positions: Mapping[tuple[str, int], int],
    cursor: Cursor | None,
    enforced: Sequence[Enforced],
) -> None:
    """Close the open turn: all it sent is acknowledged, so the shard goes on behind it."""
    values: dict[str, object] = {"open_turn": None}
    if cursor is not None:
        values |= {
            "next_seq": cursor.next_seq,
            "checked_at": cursor.checked_at,
            "decided_until": cursor.decided_until,
        }
    connection.execute(update(shard).where(shard.c.shard_id == hold.shard_id).values(values))
    if positions:
        saving = upsert(position)
        connection.execute(
            saving.on_conflict_do_update(
                index_elements=["topic", "partition"],
                set_={"next_offset": saving.excluded.next_offset},
            ),
            [
                {"topic": topic, "partition": partition, "next_offset": offset}
                for (topic, partition), offset in positions.items()
            ],
        )
    if enforced:
        connection.execute(
            insert(enforcement),
            [
                {
                    "seq": one.seq,
                    "shard_id": hold.shard_id,
                    "records": sum(cost.records for cost in one.cost.values()),
                    "tombstones": sum(cost.tombstones for cost in one.cost.values()),
                    "by_agreement": dict(one.cost),
                }
                for one in enforced
            ],
        )
        connection.execute(text(f"NOTIFY {ENFORCED_CHANNEL}"))
