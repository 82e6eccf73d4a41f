"""How far a projection has read its tray, kept in the SQL that holds its state.

State and position change in one transaction, so a record counts once whatever is killed when.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from consumers.tray import TrayError
from schemas.identifiers import TopicName


class Position(NamedTuple):
    """Where one partition of a tray stands."""

    topic: TopicName
    partition: int
    topic_id: str
    next_offset: int
    caught_up_at: datetime


def position_table(metadata: MetaData) -> Table:
    """Return the table of positions for the one projection that lives in a PostgreSQL schema."""
    return Table(
        "position",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("partition", Integer, primary_key=True, autoincrement=False),
        Column("topic_id", Text, nullable=False, comment="another one: the topic was made again"),
        Column("next_offset", BigInteger, nullable=False, comment="the next offset to read"),
        Column(
            "caught_up_at",
            DateTime(timezone=True),
            nullable=False,
            comment="the last moment at which next_offset was known to be the end, or at which "
            "reading began with nothing: deletions older than that have been seen",
        ),
    )


def load(connection: Connection, table: Table) -> list[Position]:
    """Return every saved position, in order of topic and partition."""
    rows = connection.execute(select(table).order_by(table.c.topic, table.c.partition))
    return [Position(*row) for row in rows]


def reset(connection: Connection, table: Table, positions: Iterable[Position]) -> None:
    """Put these positions in the place of all others."""
    connection.execute(delete(table))
    rows = [position._asdict() for position in positions]
    if rows:
        connection.execute(insert(table), rows)


def advance(
    connection: Connection, table: Table, topic: TopicName, moves: Mapping[int, tuple[int, int]]
) -> None:
    """Move partitions, given as `{partition: (from, to)}`.

    Raises:
        TrayError: a partition is not where it is moved from. Another reader keeps the same tables;
            were both to go on, an old value could come over a newer one.

    """
    for partition, (before, after) in sorted(moves.items()):
        moved = connection.execute(
            update(table)
            .where(
                table.c.topic == topic,
                table.c.partition == partition,
                table.c.next_offset == before,
            )
            .values(next_offset=after)
        )
        if moved.rowcount != 1:
            raise TrayError(
                f"Another reader of {topic} is at work on {table.schema}.{table.name}.",
                "Stop one of the two: one reader keeps a projection.",
            )


def mark_caught_up(
    connection: Connection,
    table: Table,
    topic: TopicName,
    partitions: Iterable[int],
    moment: datetime,
) -> None:
    """Note that these partitions had been read to their end at that moment."""
    rows = [{"of_partition": partition} for partition in partitions]
    if rows:
        connection.execute(
            update(table)
            .where(table.c.topic == topic, table.c.partition == bindparam("of_partition"))
            .values(caught_up_at=moment),
            rows,
        )
