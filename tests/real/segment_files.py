"""What a broker's segment files hold, deleted ones and those being cleaned included.

Batches are unpacked: a search of the bytes alone would miss compressed ones. Index, snapshot and
epoch files hold no key and no value.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kafka.record.memory_records import MemoryRecords

from schemas.identifiers import TopicName

SEGMENTS = ("*.log", "*.log.*")


class OnDisk(NamedTuple):
    """A record somewhere on the disk; a name that is looked for stands in one of the parts."""

    topic: TopicName
    key: bytes
    value: bytes | None
    headers: bytes


def records_on_disk(data: Path) -> Iterator[OnDisk]:
    """Yield every record in every segment file; a file that goes meanwhile is passed over."""
    for pattern in SEGMENTS:
        for path in data.glob(f"*/{pattern}"):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            topic = path.parent.name.rpartition("-")[0]
            yield from (one._replace(topic=TopicName(topic)) for one in _records(content))


def holding(data: Path, names: Iterable[str | bytes]) -> list[OnDisk]:
    """Return the records on the disk in which one of the names, or sealed values, stands."""
    wanted = [name.encode() if isinstance(name, str) else name for name in names]
    return [
        record
        for record in records_on_disk(data)
        if any(
            name in part
            for part in (record.key, record.value or b"", record.headers)
            for name in wanted
        )
    ]


def _records(content: bytes) -> Iterator[OnDisk]:
    batches = MemoryRecords(content)
    while (batch := batches.next_batch()) is not None:
        for record in batch:
            headers = b"".join(value or b"" for _, value in record.headers)
            yield OnDisk(TopicName(""), record.key or b"", record.value, headers)
