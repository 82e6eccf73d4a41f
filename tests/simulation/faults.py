"""What may happen to the filter itself: it dies, is replaced, is interrupted, reads again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from typing_extensions import override

from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.store import FencedError
from tests.histories import cast
from tests.histories.drawing import Call
from tests.simulation.process import LostAckError, Process
from tests.simulation.steps import Steps
from tests.support.fakes import FencedInMemoryError
from tests.support.killing import KilledError, killed_at


class Faults(Steps):
    """The steps of the filter, whole or cut short."""

    @override
    def turn(self, shard: int) -> None:
        """A shard does a turn."""
        process = self._idle(shard)
        if process:
            process.turn()

    def enforce(self, shard: int) -> None:
        """A shard does a turn for the ledger alone."""
        process = self._idle(shard)
        if process:
            process.enforce()

    @override
    def die(self, shard: int, at: TurnStep) -> None:
        """A process is killed at a step of its turn, and nobody takes over yet."""
        process = self._idle(shard)
        if process:
            process.around.at_step = killed_at(at)
            with suppress(KilledError):
                process.turn()
            process.is_dead = True

    def lose_ack(self, shard: int) -> None:
        """The log takes a batch, but says so to nobody."""
        process = self._idle(shard)
        if process:
            process.around.loses_ack = True
            with suppress(LostAckError):
                process.turn()
            process.is_dead = True

    def read_again(self, shard: int) -> None:
        """A shard loses its positions and reads everything again."""
        process = self._process(shard)
        self.ground.forget_positions(self.ground.shards[process.shard_id].partitions)
        process.is_dead = True

    def divide(self) -> None:
        """The partitions are divided among another number of shards."""
        shards = len(self.ground.shards) % cast.PARTITIONS + 1
        self.ground.share_out(cast.PARTITIONS, shards, self.bus.open_log)
        self.processes = [self.new_process(shard_id) for shard_id in self.ground.shards]

    def be_interrupted(self, shard: int, at: TurnStep, meanwhile: Sequence[Call]) -> None:
        """Other things happen in the middle of a turn."""
        process = self._idle(shard)
        if process:
            process.around.at_step = self._once(at, 1, meanwhile)
            self._go_through(process, 1)

    def be_replaced(self, shard: int, at: TurnStep, hit: int, meanwhile: Sequence[Call]) -> None:
        """A process stops in the middle of a turn; its successor works, for long or not at all.

        Then the predecessor goes on as if nothing had happened, in its first turn or in a later
        one, which often has nothing to send.
        """
        process = self._idle(shard)
        if process:
            replace = partial(self._replace, process)
            process.around.at_step = self._once(at, hit, meanwhile, replace)
            self._go_through(process, 3)

    def be_divided(self, shard: int, at: TurnStep, hit: int, meanwhile: Sequence[Call]) -> None:
        """A process stops in the middle of a turn; others write its partitions when it goes on."""
        process = self._idle(shard)
        if process:
            process.around.at_step = self._once(at, hit, meanwhile, self.divide)
            self._go_through(process, 3)

    def _once(
        self,
        at: TurnStep,
        hit: int,
        meanwhile: Sequence[Call],
        first: Callable[[], object] = lambda: None,
    ) -> Callable[[TurnStep], None]:
        """Return what does something when a step is reached for that time."""
        left = hit

        def act(step: TurnStep) -> None:
            nonlocal left
            left -= step is at
            if step is at and left == 0:
                first()
                for call in meanwhile:
                    self.do(call)

        return act

    def _go_through(self, process: Process, turns: int) -> None:
        """Let a process do turns, as far as it comes when it was replaced in the middle of one."""
        try:
            for _ in range(turns):
                process.turn()
        except (FencedError, FencedInMemoryError) as error:
            if process in self.processes:
                raise
            self.tell(f"the predecessor ends: {type(error).__name__}")
            process.is_dead = True
        process.around.at_step = None

    def _process(self, shard: int) -> Process:
        return self.processes[shard % len(self.processes)]

    def _idle(self, shard: int) -> Process | None:
        """Return a shard's living process, a new one if need be; None in the middle of a turn."""
        process = self._process(shard)
        if process.is_dead:
            return self._replace(process)
        return None if process.around.at_step else process

    def _replace(self, process: Process) -> Process:
        successor = self.new_process(process.shard_id)
        self.processes[self.processes.index(process)] = successor
        return successor
