"""A simulated bus: the production filter, consent and ledger over a log, a database and clocks.

It watches what must hold at every append and whenever a shard says that it has enforced something;
what happens to it is a history's matter.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from consent_ledger.audit import StoredEvent, StoredPerson
from tests.simulation.hub import Hub, new_database
from tests.simulation.process import Process
from tests.simulation.transaction import MemoryLedgerTransaction
from tests.simulation.watch import Watch
from tests.support.fakes import ManualClock, MemoryBroker


class Trace:
    """What is told of a history: each line as deep as it is in the middle of others."""

    def __init__(self, print_line: Callable[[str], None] | None) -> None:
        self.depth = 0
        self._print_line = print_line

    def __call__(self, what: object) -> None:
        """Add a line, where a trace is kept."""
        if self._print_line:
            self._print_line("    " * self.depth + str(what))


class SkewedClock:
    """The filter's clock: that of the ledger, fast or slow by `skew`."""

    def __init__(self, clock: ManualClock) -> None:
        self.skew = timedelta()
        self._clock = clock

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self._clock.now + self.skew if self.skew else self._clock.now


class World:
    """A bus, as it is at the beginning of a history. `clock` is the ledger's."""

    def __init__(self, shards: int, trace: Callable[[str], None] | None = None) -> None:
        self.tell = Trace(trace)
        self.clock = ManualClock()
        self.filter_clock = SkewedClock(self.clock)
        self.broker = MemoryBroker()
        self.key_generations: tuple[int, ...] = (0,)
        self.database = new_database(shards)
        self.tx = MemoryLedgerTransaction(self.database, self.clock)
        self.hub = Hub(self.database, self.tx)
        self.watch = Watch(self.database, self.tell)
        self.processes = [self.new_process(shard_id) for shard_id in self.database.shards]

    def transaction(self) -> AbstractContextManager[MemoryLedgerTransaction]:
        """Give a unit of work, undone as a whole by an exception."""
        return self.database.transaction(self.tx)

    def new_process(self, shard_id: int, max_records: int = 3) -> Process:
        """Return a process of the filter that has taken over a shard."""
        return Process(
            shard_id,
            self.database,
            self.broker,
            self.watch,
            generations=self.key_generations,
            clock=self.filter_clock,
            max_records=max_records,
        )

    # the audit's view: see `StoredFacts`

    def leaves(self) -> Iterable[bytes]:
        """See `StoredFacts`."""
        return self.database.leaves

    def people(self) -> Iterable[StoredPerson]:
        """See `StoredFacts`."""
        for one in self.database.participants.values():
            if one.state == "active" and one.salt is not None:
                key = self.database.keys[one.participant_id]
                yield StoredPerson(one.participant_id, str(one.ledger_id), one.salt, key)

    def events(self) -> Iterable[StoredEvent]:
        """See `StoredFacts`."""
        for key in sorted(self.database.journal):
            rows = self.database.journal[key]
            for revision in sorted(rows):
                yield StoredEvent(*key, rows[revision].sealed)
