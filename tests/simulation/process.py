"""A process of the filter: one holder of a shard, which dies when a turn of it goes wrong.

Nothing in it refers back to what holds it, so that what a history leaves is gone at once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.records import InRecord, OutRecord
from consent_ledger.filter.shard import Shard, ShardSettings, TurnReport
from consent_ledger.filter.store import Store
from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.clock import Clock
from tests.histories import cast
from tests.simulation.watch import Watch
from tests.support.bus_settings import PEPPER
from tests.support.fakes import MemoryBroker, MemoryEventLog


class LostAckError(BaseException):
    """Kafka took the batch, and its answer never came: the filter ends."""


class Surroundings:
    """What a process is told, what happens at its steps, and a watch over what it appends.

    `at_step` is called at each failpoint: whatever happens there happens in the middle of a turn.
    """

    def __init__(self, shard_id: int, watch: Watch, clock: Clock) -> None:
        self.at_step: Callable[[TurnStep], None] | None = None
        self.loses_ack = False
        self._shard_id = shard_id
        self._watch = watch
        self._clock = clock
        self._read_at = 0
        self._moments: set[datetime] = set()

    def begin(self) -> None:
        """Note what the ledger was when a turn read: what it appends must be permitted since."""
        self._read_at = self._watch.entries()
        self._moments.clear()

    def appended(self, records: Sequence[OutRecord]) -> None:
        """Have it looked at what the log has just taken."""
        self._watch.appended(records, self._read_at, self._moments)
        if self.loses_ack and records:
            raise LostAckError

    def tell_time(self) -> datetime:
        """Return the moment, by the clock of the process."""
        now = self._clock()
        self._moments.add(now)
        return now

    def reach(self, step: TurnStep) -> None:
        """See `Failpoint`."""
        if step is TurnStep.AFTER_POSITIONS:
            self._watch.said_enforced(self._shard_id, self._moments)
        if self.at_step is not None:
            self.at_step(step)


class Process:
    """A shard that has taken over, with its log and clock; all that it appends is watched."""

    def __init__(
        self,
        shard_id: int,
        store: Store,
        broker: MemoryBroker,
        watch: Watch,
        *,
        vault: Vault,
        clock: Clock,
        max_records: int,
        max_events: int,
        ends_sweeps: bool,
    ) -> None:
        self.shard_id = shard_id
        self.is_dead = False
        self._ends_sweeps = ends_sweeps
        self.around = Surroundings(shard_id, watch, clock)
        settings = ShardSettings(
            shard_id,
            vault=vault,
            pepper=PEPPER,
            partitions=cast.PARTITIONS,
            clock=self.around.tell_time,
            check_every=timedelta(0),
            failpoint=self.around.reach,
            max_records=max_records,
            max_events=max_events,
            lots=Random(shard_id),  # noqa: S311 - the same whenever a history is told
        )
        log = _WatchedLog(self.around, broker, f"filter-{shard_id}")
        self.shard = Shard.acquire(store, log, settings)

    def turn(self) -> TurnReport:
        """Do one turn, which may be for a portion of a sweep; or all that it puts off, too."""
        self.around.begin()
        report = self.shard.turn(0)
        while self._ends_sweeps and self.shard.is_sweeping:
            self.around.begin()
            self.shard.turn(0)
        return report

    def come_to_rest(self) -> None:
        """Do turns until what the ledger asks is done."""
        self.turn()
        while self.shard.is_sweeping:
            self.turn()

    def enforce(self) -> None:
        """Do a turn for the ledger alone."""
        self.around.begin()
        self.shard.enforce()


class _WatchedLog(MemoryEventLog):
    """A log whose polls and appends are told to what surrounds the process."""

    def __init__(self, around: Surroundings, broker: MemoryBroker, transactional_id: str) -> None:
        super().__init__(broker, transactional_id)
        self._around = around

    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:
        """See `Log`."""
        self._around.begin()
        return super().poll(timeout_seconds, max_records)

    def append(self, records: Sequence[OutRecord]) -> None:
        """See `Log`."""
        super().append(records)
        self._around.appended(records)
