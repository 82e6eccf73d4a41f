"""What must not be readable any more, and whether it was: the definition of a leak."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schemas.identifiers import EventId, PassportNumber, TopicName


class Seen(NamedTuple):
    """A record of a tray as a reader found it. `blocks` is None for a tombstone."""

    offset: int
    appended_at: datetime  # the broker's clock, which is this machine's
    event_id: EventId
    blocks: frozenset[str] | None


@dataclass
class Closure:
    """From a moment on, a person's records in a tray hold none of these blocks; None: no record.

    It ends when something is granted again, and before anybody asks for that.
    """

    topic: TopicName
    person: PassportNumber  # as the tray names them
    blocks: frozenset[str] | None
    enforced_at: datetime
    ended_at: datetime | None = None

    def leaks_in(self, records: Iterable[Seen]) -> Iterator[str]:
        """Yield what leaked: appended after the moment, or left standing at it.

        `records` are the person's in this tray, in the order of their offsets.
        """
        standing: dict[str, Seen] = {}
        for record in records:
            if record.appended_at <= self.enforced_at:
                standing[record.event_id] = record
            elif (self.ended_at is None or record.appended_at < self.ended_at) and self._holds(
                record
            ):
                yield f"{self.topic} offset {record.offset}: appended after it was enforced"
        for record in standing.values():
            if self._holds(record):
                yield f"{self.topic} offset {record.offset}: stood when it was said to be enforced"

    def _holds(self, record: Seen) -> bool:
        if record.blocks is None:
            return False
        return self.blocks is None or bool(self.blocks & record.blocks)
