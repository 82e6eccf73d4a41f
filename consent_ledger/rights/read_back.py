"""The read-back scan: whether a topic or a table still holds anything of a person erased."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, MetaData, Table, Text, func, literal_column, or_, select

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.filter.dead_letters import DeadLetter, letter_in, names_any
from consent_ledger.redaction.pseudonyms import Pseudonyms
from consent_ledger.tables.register import participant
from schemas.identifiers import PassportNumber, holds_number
from schemas.trays import KeyedRecord


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


def scan_tray(records: Iterable[KeyedRecord], names: Sequence[str]) -> TrayScan:
    """Look for the names in every key, value and header of a tray, from its start."""
    wanted = [name.encode() for name in names]

    def holds(record: KeyedRecord) -> bool:
        parts = (record.key, record.value or b"", *(value for _, value in record.headers))
        return any(name in part for part in parts for name in wanted)

    return _scan(records, holds)


def count_holding(records: Iterable[KeyedRecord], participant_ids: Sequence[PassportNumber]) -> int:
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
    records: Iterable[KeyedRecord],
    open_letter: Callable[[DeadLetter], bytes],
    participant_ids: Iterable[PassportNumber],
) -> TrayScan:
    """Open every letter of a topic, also those taken away, and look for people in each.

    Raises UnsealError when a letter cannot be opened.
    """
    numbers = list(participant_ids)

    def holds(record: KeyedRecord) -> bool:
        is_letter = record.value is not None
        return is_letter and names_any(open_letter(letter_in(record)), numbers)

    return _scan(records, holds)


def _scan(records: Iterable[KeyedRecord], holds: Callable[[KeyedRecord], bool]) -> TrayScan:
    count = found = 0
    current: dict[bytes, bool] = {}
    for record in records:
        count += 1
        is_held = holds(record)
        found += is_held
        if record.value is None:
            current.pop(record.key, None)
        else:
            current[record.key] = is_held
    survivors = sum(current.values())
    return TrayScan(count, survivors, found - survivors)


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
