"""The shards that the partitions are divided among."""

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from consent_ledger.tables.delivery import shard
from schemas.errors import BusError


def create_shards(connection: Connection, partitions: int, shards: int, now: datetime) -> None:
    """Divide the partitions among shards, once; BusError when they are otherwise already."""
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


def shard_ids(connection: Connection) -> list[int]:
    """Return every shard there is."""
    return list(connection.scalars(select(shard.c.shard_id).order_by(shard.c.shard_id)))
