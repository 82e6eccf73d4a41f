"""An event log that is watched while its filter sleeps: records wake it, as a notice does.

A filter waits for two things at once, and a client of Kafka can be waited for by a thread alone.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from socket import socketpair
from typing import Final, Self

from typing_extensions import override

from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.records import InRecord, OutRecord
from schemas.identifiers import TopicName

WATCH_SECONDS: Final = 1.0
"""How long one look for records may take: closing waits for it, and so does another position."""


class WatchedLog(EventLog):
    """A log as its shard uses it, and, between two turns, a file that is readable when one is due.

    Only the thread that waits polls the log meanwhile. What it finds, or what went wrong, is given
    to the next `poll`, unless other positions were asked for in between.

    The look begins before a turn is closed, not after it: a client asks for more when it is polled,
    and what it was given then would be as old as the turn that it waits for.
    """

    def __init__(self, log: EventLog) -> None:
        self._log: Final = log
        self._watcher: Final = ThreadPoolExecutor(1, "watched-log")
        self._looking: Future[Sequence[InRecord]] | None = None
        self._readable, self._ringing = socketpair()
        self._max_records = 1

    def watch(self, max_records: int) -> None:
        """Wait for records in the background, unless that is under way; at most `WATCH_SECONDS`."""
        if self._looking is None:
            self._looking = self._watcher.submit(self._log.poll, WATCH_SECONDS, max_records)
            self._looking.add_done_callback(lambda _: self._ringing.send(b"\0"))

    def fileno(self) -> int:
        """Return what becomes readable when a look has ended, with records or without."""
        return self._readable.fileno()

    @override
    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:
        self._max_records = max_records
        found: Sequence[InRecord] = []
        if self._looking is not None:
            if not wait([self._looking], timeout_seconds).done:
                return found
            found = self._seen()
        if len(found) >= max_records:
            return found
        return [*found, *self._log.poll(0 if found else timeout_seconds, max_records - len(found))]

    @override
    def acquire(self) -> None:
        self._log.acquire()

    @override
    def read_from(self, positions: Mapping[tuple[TopicName, int], int | None]) -> None:
        if self._looking is not None:
            self._seen()
        self._log.read_from(positions)

    @override
    def append(self, records: Sequence[OutRecord]) -> None:
        self._log.append(records)
        self.watch(self._max_records)

    @override
    def high_watermarks(self) -> Mapping[tuple[TopicName, int], int]:
        return self._log.high_watermarks()

    @override
    def close(self) -> None:
        self._watcher.shutdown()
        self._log.close()
        self._readable.close()
        self._ringing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _seen(self) -> Sequence[InRecord]:
        """Wait for the end of the look under way, and return what it found or raise its error."""
        looking, self._looking = self._looking, None
        if looking is None:
            return []
        try:
            return looking.result()
        finally:
            self._readable.recv(1)  # one look rings once
