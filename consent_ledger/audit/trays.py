"""Trays as they stand on Kafka, each partition by itself, against what they must hold."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from consent_ledger.audit.differences import Difference, DifferenceKind, WrongPart
from consent_ledger.audit.expected import Content
from schemas.identifiers import AgreementId, TopicName
from schemas.trays import PlacedRecord

ReadTray = Callable[[TopicName], Iterable[PlacedRecord]]
"""Reads a whole tray, given by its topic, from its start to its present end."""


class HeldRecord(NamedTuple):
    """What stands under a key in one partition: the SHA-256 of the value, and every header."""

    digest: bytes
    headers: tuple[tuple[str, str], ...]


Held = dict[tuple[bytes, int], HeldRecord]
"""What a tray holds, by key and partition: the same key may stand in several."""


def held_in(records: Iterable[PlacedRecord]) -> Held:
    """Return what a tray holds once every record of it is read, in order by partition."""
    held: Held = {}
    for record in records:
        place = record.key, record.partition
        if record.value is None:
            held.pop(place, None)
        else:
            headers = ((name, text.decode("utf-8", "replace")) for name, text in record.headers)
            held[place] = HeldRecord(hashlib.sha256(record.value).digest(), tuple(headers))
    return held


def compare(
    agreement_id: AgreementId,
    wanted: Mapping[bytes, Content],
    held: Held,
    unknown: Collection[bytes],
) -> Iterator[tuple[bytes, Difference]]:
    """Yield each place of a tray that is not as it must be, by its key.

    `unknown` are keys of events that the journal cannot show: what they must hold nobody knows.
    """
    home = {(key, content.partition) for key, content in wanted.items()}
    for key, partition in sorted(home | held.keys()):
        content, found = wanted.get(key), held.get((key, partition))
        kind = DifferenceKind.DIFFERENT
        what: tuple[str, ...] = ()
        if found is None:
            kind = DifferenceKind.MISSING
        elif key in unknown:
            continue
        elif content is None:
            kind = DifferenceKind.SURPLUS
        elif content.partition != partition:
            kind = DifferenceKind.COPY
        else:
            what = tuple(_unlike(content, found))
            if not what:
                continue
        text = key.decode("utf-8", "replace")
        yield key, Difference(WrongPart.TRAY, kind, text, agreement_id, partition, what)


def _unlike(content: Content, found: HeldRecord) -> Iterator[str]:
    """Name what is not as it must be: a header that is there twice is another one, too."""
    if found.digest != content.digest:
        yield "value"
    there: dict[str, list[str]] = {}
    for name, text in found.headers:
        there.setdefault(name, []).append(text)
    for name in sorted(content.headers.keys() | there.keys()):
        texts, may_be = there.get(name, []), content.headers.get(name)
        if len(texts) != 1 or may_be is None or (may_be and texts[0] not in may_be):
            yield f"header {name}"
