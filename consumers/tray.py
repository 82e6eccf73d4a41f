"""An out-tray as its readers know it: records, batches and errors. No Kafka here."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from schemas.errors import BusError
from schemas.identifiers import TopicName
from schemas.trays import TrayRecord

POLL_RECORDS: Final = 4_000
"""At most so many records come with a poll: each is a transaction of its reader."""


class TrayError(BusError):
    """An out-tray that cannot be read, or not by this user."""


class NoTrayError(TrayError):
    """There is no out-tray by this name."""


class PositionLostError(TrayError):
    """The saved position is before the log's start or after its end."""


class TrayBatch(NamedTuple):
    """The result of one poll: records, in order within a partition, and every partition's position.

    Positions move without records, too: past transaction markers and what compaction removed.
    """

    records: tuple[TrayRecord, ...]
    positions: Mapping[int, int]


class Tray(Protocol):
    """All partitions of one topic. Offsets are by partition; a position is the next to be read."""

    @property
    def topic(self) -> TopicName:
        """The topic's name."""

    @property
    def topic_id(self) -> str:
        """The topic's id, which a topic made again under the same name does not share."""

    @property
    def partitions(self) -> tuple[int, ...]:
        """Every partition, sorted."""

    def starts(self) -> Mapping[int, int]:
        """Return the first offset that is still there."""

    def ends(self) -> Mapping[int, int] | None:
        """Return the offsets behind the last committed records; None when no broker answers."""

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Read on from these positions."""

    def poll(self, timeout_seconds: float, most: int = POLL_RECORDS) -> TrayBatch:
        """Wait for records, for `timeout_seconds` and for so many at most.

        Raises:
            PositionLostError: a position is outside the log.
            TrayError: the tray may not be read, or a record in it cannot be decoded.

        """
