"""Keeps a projection in step with its tray: state and position in one SQL transaction.

A log forgets a deletion some time after it was written (`delete.retention.ms`). Whoever was away
longer may have missed one, so it begins again with empty tables and keeps only what it then sees.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Engine

from consent_ledger.ledger.clock import Clock, system_clock
from consumers import positions
from consumers.changes import Delete, latest_changes
from consumers.positions import Position
from consumers.projection import Projection
from consumers.tray import PositionLostError, Tray, TrayBatch, TrayError

LOOK_SECONDS: Final = 10.0
"""How often the tray's ends are asked for: to note what has been caught up, and what is stuck."""
STUCK_SECONDS: Final = 60.0
"""How long a partition may have more to read and give nothing."""
POLL_SECONDS: Final = 0.5

_log = logging.getLogger(__name__)


class Turn(NamedTuple):
    """What one turn did. `behind` is how many offsets were left at the last look, if known."""

    upserted: int
    deleted: int
    behind: int | None
    has_begun_again: bool


class TrayFollower:
    """Reads one tray into one projection, for as long as it is asked to.

    `absence_limit` is the tray's `delete.retention.ms`. `on_turn` hears of every turn, for metrics.
    """

    def __init__(
        self,
        engine: Engine,
        tray: Tray,
        projection: Projection,
        *,
        absence_limit: timedelta,
        clock: Clock = system_clock,
        on_turn: Callable[[Turn], None] | None = None,
    ) -> None:
        self._engine = engine
        self._tray = tray
        self._projection = projection
        self._absence_limit = absence_limit
        self._clock = clock
        self._on_turn = on_turn
        self._at: dict[int, int] = {}
        self._caught_up_at: dict[int, datetime] = {}
        # partitions with more to read: where they stand, and since when
        self._waiting: dict[int, tuple[int, datetime]] = {}
        self._behind: int | None = None
        self._next_look = clock()
        self._has_begun_again = False

    def run(self, stop: threading.Event) -> None:
        """Take turns until told to stop.

        Raises:
            TrayError: the tray may not be read, holds what cannot be read, does not move although
                there is more in it, or another reader keeps the same tables.
            MalformedError: a record is not what the filter writes.

        """
        while not stop.is_set():
            self.turn()

    def catch_up(self, deadline_seconds: float) -> None:
        """Take turns until everything that is in the tray now has been applied.

        Raises:
            TrayError: it took longer, or as `run`.

        """
        until = time.monotonic() + deadline_seconds
        wanted = self._tray.ends()
        while wanted is None or any(self._at.get(one, -1) < end for one, end in wanted.items()):
            if time.monotonic() > until:
                raise TrayError(
                    f"{self._tray.topic} was not read to its end in {deadline_seconds:g} seconds.",
                    "Is Kafka running, and has nothing left a transaction open?",
                )
            self.turn(POLL_SECONDS / 10)
            if wanted is None:
                wanted = self._tray.ends()

    def turn(self, poll_seconds: float = POLL_SECONDS) -> Turn:
        """Apply what one poll gives, waiting for it at most so long. Raises as `run`."""
        self._has_begun_again = False
        if not self._at:
            self._resume()
        upserted = deleted = 0
        try:
            upserted, deleted = self._apply(self._tray.poll(poll_seconds))
        except PositionLostError as lost:
            self._begin_again(lost.message)
        if self._clock() >= self._next_look:
            self._look()
        turn = Turn(upserted, deleted, self._behind, self._has_begun_again)
        if self._on_turn is not None:
            self._on_turn(turn)
        return turn

    def _resume(self) -> None:
        with self._engine.connect() as connection:
            saved = positions.load(connection, self._projection.position)
        if not saved:
            _log.info("Reading %s for the first time", self._tray.topic)
            self._begin()
        elif {(one.topic, one.topic_id) for one in saved} != {
            (self._tray.topic, self._tray.topic_id)
        } or tuple(one.partition for one in saved) != self._tray.partitions:
            self._begin_again("the saved position is of another topic, or of one made again")
        else:
            self._at = {one.partition: one.next_offset for one in saved}
            self._caught_up_at = {one.partition: one.caught_up_at for one in saved}
            if self._was_away_too_long():
                self._begin_again("the reader was away for longer than deletions are kept")
            else:
                self._tray.seek(self._at)

    def _begin_again(self, why: str) -> None:
        """Begin once more, where what was read before cannot be gone on with."""
        _log.warning("Reading %s from its start into empty tables: %s", self._tray.topic, why)
        self._begin()

    def _begin(self) -> None:
        """Empty the state, and go to the start of the tray."""
        now = self._clock()  # before the starts are asked for: later deletions will still be there
        starts = self._tray.starts()
        with self._engine.begin() as connection:
            positions.reset(
                connection,
                self._projection.position,
                [
                    Position(self._tray.topic, one, self._tray.topic_id, starts[one], now)
                    for one in self._tray.partitions
                ],
            )
            self._projection.clear(connection)
        self._at = dict(starts)
        self._caught_up_at = dict.fromkeys(starts, now)
        self._waiting = {}
        self._tray.seek(starts)
        self._has_begun_again = True

    def _apply(self, batch: TrayBatch) -> tuple[int, int]:
        """Apply a batch; return how many keys were upserted and deleted."""
        moves = {
            one: (self._at[one], after)
            for one, after in batch.positions.items()
            if after != self._at[one]
        }
        if not moves:
            return 0, 0
        changes = latest_changes(batch.records)
        with self._engine.begin() as connection:
            positions.advance(connection, self._projection.position, self._tray.topic, moves)
            if changes:
                self._projection.apply(connection, changes)
        self._at.update(batch.positions)
        deleted = sum(isinstance(change, Delete) for change in changes)
        return len(changes) - deleted, deleted

    def _look(self) -> None:
        """Compare the positions with the tray's ends, now and then.

        A process that ends is seen where one that waits is not: kafka-python has had faults that
        stop a partition silently.
        """
        now = self._clock()
        self._next_look = now + timedelta(seconds=LOOK_SECONDS)
        ends = self._tray.ends()
        if ends is None:
            self._behind, self._waiting = None, {}
            _log.warning("No broker answers for %s; trying on", self._tray.topic)
            return
        behind = {one: at for one, at in self._at.items() if at < ends[one]}
        self._behind = sum(ends[one] - at for one, at in behind.items())
        self._note_caught_up(now, behind)
        self._check_for_stuck(now, behind)
        if self._was_away_too_long():
            self._begin_again("it was read more slowly than deletions are kept")

    def _check_for_stuck(self, now: datetime, behind: Mapping[int, int]) -> None:
        before = self._waiting
        self._waiting = {
            one: before[one] if one in before and before[one][0] == at else (at, now)
            for one, at in behind.items()
        }
        for partition, (_, since) in self._waiting.items():
            if now - since >= timedelta(seconds=STUCK_SECONDS):
                raise TrayError(
                    f"{self._tray.topic} has more to read in partition {partition}, "
                    f"but gave nothing for {STUCK_SECONDS:g} seconds.",
                    "Start the reader again: it goes on where it stopped.",
                )

    def _note_caught_up(self, now: datetime, behind: Mapping[int, int]) -> None:
        caught_up = [one for one in self._at if one not in behind]
        with self._engine.begin() as connection:
            positions.mark_caught_up(
                connection, self._projection.position, self._tray.topic, caught_up, now
            )
        self._caught_up_at.update(dict.fromkeys(caught_up, now))

    def _was_away_too_long(self) -> bool:
        return min(self._caught_up_at.values()) + self._absence_limit < self._clock()
