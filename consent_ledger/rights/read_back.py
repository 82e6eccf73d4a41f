"""The read-back scan: whether a topic or a table still holds anything of a person erased."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import (
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    literal_column,
    or_,
    select,
    text,
)

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.filter.dead_letters import DeadLetter, letter_in, names_any
from consent_ledger.redaction.pseudonyms import Pseudonyms
from consent_ledger.tables.register import participant
from schemas.identifiers import PassportNumber, holds_number
from schemas.trays import PlacedRecord

_PLACE: Final = ("schemaname", "tablename", "attname")


class TrayScan(NamedTuple):
    """What the scan of one tray found.

    `survivors` are current; `awaiting` were retracted, and their bytes wait for compaction.
    """

    records: int
    survivors: int
    awaiting: int


def names_of(
    participant_id: PassportNumber, agreements: Iterable[Agreement], pepper: bytes
) -> list[str]:
    """Return every name that a participant goes by in a tray: the number and all pseudonyms."""
    return [
        participant_id,
        *(Pseudonyms(pepper, one.id).participant(participant_id) for one in agreements),
    ]


def scan_tray(records: Iterable[PlacedRecord], names: Sequence[str]) -> TrayScan:
    """Look for the names in every key, value and header of a tray, from its start.

    Each partition is read for itself: a tombstone in one takes nothing from another, whoever put a
    record of the same key there.
    """
    wanted = [name.encode() for name in names]
    count = found = 0
    current: dict[tuple[int, bytes], bool] = {}
    for record in records:
        count += 1
        parts = (record.key, record.value or b"", *(value for _, value in record.headers))
        is_held = any(name in part for part in parts for name in wanted)
        found += is_held
        place = record.partition, record.key
        if record.value is None:
            current.pop(place, None)
        else:
            current[place] = is_held
    survivors = sum(current.values())
    return TrayScan(count, survivors, found - survivors)


def count_holding(
    records: Iterable[PlacedRecord], participant_ids: Sequence[PassportNumber]
) -> int:
    """Return how many records of a topic that is not compacted hold a passport number."""
    return sum(
        any(
            holds_number(part, number)
            for number in participant_ids
            for part in (record.key, record.value or b"")
        )
        for record in records
    )


def scan_dead_letters(
    records: Iterable[PlacedRecord],
    opened: Callable[[DeadLetter], bytes | None],
    participant_ids: Iterable[PassportNumber],
) -> TrayScan:
    """Open every letter of a topic that has a key, also those taken away, and look for people.

    `opened` returns None for a letter whose key was destroyed. Such a letter waits for compaction,
    whoever is in it: nobody can tell. Raises what `opened` raises.
    """
    numbers = list(participant_ids)
    count = survivors = awaiting = 0
    for record in records:
        count += 1
        if record.value is None:
            continue
        content = opened(letter_in(record))
        if content is None:
            awaiting += 1
        elif names_any(content, numbers):
            survivors += 1
    return TrayScan(count, survivors, awaiting)


def scan_tables(
    connection: Connection, packages: Iterable[MetaData], names: Sequence[str]
) -> Mapping[str, int]:
    """Return for each table how many rows hold a name, in whatever column.

    The row that says that a number was erased is not counted: it is what is kept.
    """
    return {
        str(table): _rows_with(connection, table, names)
        for package in packages
        for table in package.sorted_tables
    }


def sampled_columns(connection: Connection, packages: Iterable[MetaData]) -> int:
    """Return how many columns of bytes are in the planner's statistics: it must be 0.

    ANALYZE samples rows, and what it sampled stays when the rows are deleted.
    """
    wanted = [
        f"{table}.{column.name}"
        for package in packages
        for table in package.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    ]
    place = func.concat_ws(".", *(literal_column(name, Text) for name in _PLACE))
    counting = select(func.count()).select_from(text("pg_stats")).where(place.in_(wanted))
    return connection.scalar(counting) or 0


def _rows_with(connection: Connection, table: Table, names: Sequence[str]) -> int:
    # a row's text has every column in it, and bytes in hexadecimal digits
    wanted = [*names, *(name.encode().hex() for name in names)]
    text_of_row = literal_column("held::text", Text)
    held = table.alias("held")
    counting = (
        select(func.count())
        .select_from(held)
        .where(or_(*(func.strpos(text_of_row, one) > 0 for one in wanted)))
    )
    if table is participant:
        counting = counting.where(held.c.state != "erased")
    return connection.scalar(counting) or 0
