"""The log that the filter needs: Kafka, or one in memory."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, Self

from consent_ledger.filter.records import InRecord, OutRecord
from schemas.errors import BusError
from schemas.identifiers import TopicName

RECONNECT_MS: Final = 500
"""At kafka-python's default of 30 s a client came back 7 to 38 s after its broker."""

ANSWER_SECONDS: Final = 20.0
"""A takeover, a flush, a commit or its markers that take longer have stopped for good."""

LOOK_AGAIN_SECONDS: Final = 0.0005

_AGAIN: Final = "The filter's shard stops here. Start it again: it goes on from where it was."


class EventLogError(BusError):
    """The log refuses, or did not acknowledge. Starting again replays; nothing is lost.

    `why` is Kafka's own code, or words; never a client's text, which may quote a record.
    """

    @classmethod
    def of_reading(cls, why: str) -> Self:
        """Return what is raised when the in-trays cannot be read."""
        return cls(f"The in-trays cannot be read ({why}).", _AGAIN)

    @classmethod
    def of_writing(cls, count: int, why: str) -> Self:
        """Return what is raised when a batch of so many records was not acknowledged."""
        return cls(f"The trays did not take a batch of {count} records ({why}).", _AGAIN)


class EventLog(Protocol):
    """The event log as one shard uses it. Any exception of it ends the process."""

    def acquire(self) -> None:
        """Fence every earlier writer of this shard: it can append nothing any more."""

    def read_from(self, positions: Mapping[tuple[TopicName, int], int | None]) -> None:
        """Read these topics' partitions from these offsets on; None is the first there is."""

    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:
        """Return the next records, in order within each partition; none after the timeout."""

    def append(self, records: Sequence[OutRecord]) -> None:
        """Append all records, in order, and return when every one is acknowledged and readable."""

    def high_watermarks(self) -> Mapping[tuple[TopicName, int], int]:
        """Return the offset behind the last record of each partition, as polling has seen it.

        It sends no request, so it is of the past, and lacks a partition that was not fetched yet.
        """

    def close(self) -> None:
        """Let go of the log."""
