"""A simulated bus: the production filter, consent and ledger over a log, a database and clocks.

It watches what must hold at every append and whenever a shard says that it has enforced something;
what happens to it is a history's matter.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from typing_extensions import override

from consent_ledger.journal.vault import Vault
from tests.histories import cast
from tests.histories.player import Player
from tests.simulation.beginning import begin_on, in_memory
from tests.simulation.process import Process
from tests.simulation.watch import Watch
from tests.support.bus import AnyBus
from tests.support.fakes import ManualClock
from tests.support.ground import Ground

FEW_EVENTS = 2
"""Events looked at again in one turn, so few that of a person who has more they are swept."""
MANY_EVENTS = 50
"""More than anybody has: only what concerns everybody is swept, and that to its end."""


class SkewedClock:
    """The filter's clock: that of the ledger, fast or slow by `skew`."""

    def __init__(self, clock: ManualClock) -> None:
        self.skew = timedelta()
        self._clock = clock

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self._clock.now + self.skew if self.skew else self._clock.now


class World(Player):
    """A bus, as it is at the beginning of a history: in memory, unless another ground is given."""

    def __init__(
        self,
        shards: int,
        trace: Callable[[str], None] | None = None,
        *,
        ground: Ground | None = None,
        max_events: int = FEW_EVENTS,
    ) -> None:
        begun = in_memory(shards) if ground is None else begin_on(ground, shards)
        people = [one.participant_id for one in cast.people()]
        super().__init__(AnyBus(begun), people, cast.directory(), trace)
        self.filter_clock = SkewedClock(self.clock)
        self._max_events = max_events
        self.keys = cast.JournalKeys(0)
        self.watch = Watch(self.ground, self.tell)
        self.processes = [self.new_process(shard_id) for shard_id in sorted(self.ground.shards)]
        for process in self.processes:
            process.come_to_rest()  # else a sweep of everybody, from the start on, mends all others

    @property
    @override
    def vault(self) -> Vault:
        return self.keys.vault()

    def new_process(self, shard_id: int, max_records: int = 3) -> Process:
        """Return a process of the filter that has taken over a shard."""
        return Process(
            shard_id,
            self.ground.store,
            self.broker,
            self.watch,
            vault=self.keys.vault(),
            clock=self.filter_clock,
            max_records=max_records,
            max_events=self._max_events,
            ends_sweeps=self._max_events == MANY_EVENTS,
        )
