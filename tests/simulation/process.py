"""A process of the filter: one holder of a shard, which dies when a turn of it goes wrong."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from consent_ledger.clock import Clock
from consent_ledger.filter.failpoints import Step
from consent_ledger.filter.records import InRecord, OutRecord
from consent_ledger.filter.shard import Shard, TurnReport
from tests.fakes import MemoryBroker, MemoryLog
from tests.simulation import cast
from tests.simulation.database import MemoryDatabase
from tests.simulation.store import MemoryStore
from tests.simulation.watch import Watch


class LostAckError(BaseException):
    """Kafka took the batch, and its answer never came: the filter ends."""


class Process:
    """A shard that has taken over, with its log and clock; all that it appends is watched.

    `at_step` is called at each failpoint: whatever happens there happens in the middle of a turn.
    """

    def __init__(
        self,
        shard_id: int,
        database: MemoryDatabase,
        broker: MemoryBroker,
        watch: Watch,
        *,
        generations: tuple[int, ...],
        clock: Clock,
        max_records: int,
    ) -> None:
        self.shard_id = shard_id
        self.generations = generations
        self.at_step: Callable[[Step], None] | None = None
        self.loses_ack = False
        self.is_dead = False
        self._watch = watch
        self._clock = clock
        self._read_at = 0
        self._moments: set[datetime] = set()
        self.shard = Shard(
            shard_id,
            MemoryStore(database),
            _WatchedLog(self, broker),
            vault=cast.vault(*generations),
            pepper=cast.PEPPER,
            partitions=cast.PARTITIONS,
            clock=self._tell_time,
            check_every=timedelta(0),
            failpoint=self._at_failpoint,
            max_records=max_records,
        )
        self.shard.take_over()

    def turn(self) -> TurnReport:
        """Do one turn."""
        return self.shard.turn(0)

    def enforce(self) -> None:
        """Do a turn for the ledger alone."""
        self.begin()
        self.shard.enforce()

    def begin(self) -> None:
        """Note what the ledger was when a turn read: what it appends must be permitted since."""
        self._read_at = self._watch.entries()
        self._moments.clear()

    def appended(self, records: Sequence[OutRecord]) -> None:
        """Have it looked at what the log has just taken."""
        self._watch.appended(records, self._read_at, self._moments)
        if self.loses_ack and records:
            raise LostAckError

    def _tell_time(self) -> datetime:
        now = self._clock()
        self._moments.add(now)
        return now

    def _at_failpoint(self, step: Step) -> None:
        if step is Step.AFTER_POSITIONS:
            self._watch.said_enforced(self.shard_id, self._moments)
        if self.at_step is not None:
            self.at_step(step)


class _WatchedLog(MemoryLog):
    """A log whose process hears of each poll and append."""

    def __init__(self, process: Process, broker: MemoryBroker) -> None:
        super().__init__(broker, f"filter-{process.shard_id}")
        self._process = process

    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:
        """See `Log`."""
        self._process.begin()
        return super().poll(timeout_seconds, max_records)

    def append(self, records: Sequence[OutRecord]) -> None:
        """See `Log`."""
        super().append(records)
        self._process.appended(records)
