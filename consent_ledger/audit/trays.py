"""Trays as they stand on Kafka, each partition by itself, against what they must hold."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from consent_ledger.audit.contents import Content, HeaderTable
from consent_ledger.audit.differences import Difference, DifferenceKind, WrongPart
from consent_ledger.audit.spool import Row
from schemas.identifiers import AgreementId, EventId, PassportNumber, TopicName
from schemas.trays import PlacedRecord

ReadTray = Callable[[TopicName], Iterable[PlacedRecord]]
"""Reads a whole tray, given by its topic, from its start to its present end."""


class WantedRecord(NamedTuple):
    """What must stand under a key: in which partition, what, and which event it is."""

    partition: int
    content: Content
    event: tuple[PassportNumber, EventId]


Wanted = dict[bytes, WantedRecord]
"""What a tray must hold, by key."""

Held = dict[tuple[bytes, int], Content]
"""What a tray holds, by key and partition: the same key may stand in several."""


def placed(record: PlacedRecord, table: HeaderTable) -> tuple[bytes, int, Content | None]:
    """Return where a record of a tray stands, and its content; None where it is a tombstone."""
    if record.value is None:
        return record.key, record.partition, None
    digest = hashlib.sha256(record.value).digest()
    content = table.content_of(digest, record.headers)
    return record.key, record.partition, content


def wanted_in(rows: Iterable[Row]) -> dict[AgreementId, Wanted]:
    """Return what trays must hold, by agreement."""
    trays: dict[AgreementId, Wanted] = {}
    for agreement_id, key, partition, content, event in rows:
        wanted = trays.setdefault(agreement_id, {})
        wanted[key] = WantedRecord(partition, Content(*content), event)
    return trays


def held_in(rows: Iterable[Row]) -> dict[AgreementId, Held]:
    """Return what trays hold once every record of them is read, in order by partition."""
    trays: dict[AgreementId, Held] = {}
    for agreement_id, key, partition, content in rows:
        held = trays.setdefault(agreement_id, {})
        if content is None:
            held.pop((key, partition), None)
        else:
            held[key, partition] = Content(*content)
    return trays


def leave_out_equal(wanted: Wanted, held: Held) -> None:
    """Leave out of both what stands where it must, as it must, and nowhere else: nearly all."""
    elsewhere = {key for key, at in held if key in wanted and wanted[key].partition != at}
    equal = [
        key
        for key, record in wanted.items()
        if held.get((key, record.partition)) == record.content and key not in elsewhere
    ]
    for key in equal:
        del held[key, wanted.pop(key).partition]


def compare(
    agreement_id: AgreementId,
    wanted: Mapping[bytes, WantedRecord],
    held: Held,
    unknown: Collection[bytes],
    table: HeaderTable,
) -> Iterator[tuple[bytes, Difference]]:
    """Yield each place of a tray that is not as it must be, by its key.

    `unknown` are keys of events that the journal cannot show: what they must hold nobody knows.
    """
    home = {(key, record.partition) for key, record in wanted.items()}
    for key, partition in sorted(home | held.keys()):
        record, found = wanted.get(key), held.get((key, partition))
        kind = DifferenceKind.DIFFERENT
        what: tuple[str, ...] = ()
        if found is None:
            kind = DifferenceKind.MISSING
        elif key in unknown:
            continue
        elif record is None:
            kind = DifferenceKind.SURPLUS
        elif record.partition != partition:
            kind = DifferenceKind.COPY
        else:
            what = tuple(_unlike(record.content, found, table))
            if not what:
                continue
        text = key.decode("utf-8", "replace")
        yield key, Difference(WrongPart.TRAY, kind, text, agreement_id, partition, what)


def _unlike(content: Content, found: Content, table: HeaderTable) -> Iterator[str]:
    """Name what is not as it must be: a header that is there twice is another one, too."""
    if found.digest != content.digest:
        yield "value"
    there: dict[str, list[bytes]] = {}
    for name, texts in table.headers_of(found):
        there.setdefault(name, []).extend(texts)
    wanted = dict(table.headers_of(content))
    for name in sorted(wanted.keys() | there.keys()):
        texts_there, may_be = there.get(name, []), wanted.get(name)
        if len(texts_there) != 1 or may_be is None or (may_be and texts_there[0] not in may_be):
            yield f"header {name}"
