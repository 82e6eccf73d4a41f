"""Waiting until changes are enforced, for many requests at once.

However many wait, they hold one connection of the database between them, and no thread.
"""

import asyncio
import logging
from collections.abc import Collection
from typing import Final, NamedTuple

from psycopg import Error as DriverError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent_ledger.ledger.enforcement import Enforcement, enforced_of
from consent_ledger.ledger.notifications import ENFORCED_CHANNEL, Listener
from deploy.web.work import Work
from schemas.identifiers import LedgerIndex

LOOK_SECONDS: Final = 1.0
"""Between two looks while no bell rings: a shard that an entry does not concern rings none."""

_log = logging.getLogger(__name__)


class _Waiter(NamedTuple):
    """A request that waits for an entry."""

    entry: LedgerIndex
    done: asyncio.Future[Enforcement | None]


class EnforcementWatch:
    """Looks for all who wait, when the filter rings its bell; nobody waits, nothing is held."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._work = Work(1)
        self._waiting: set[_Waiter] = set()
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._has_ended = False

    async def wait(self, entry: LedgerIndex, timeout_seconds: float) -> Enforcement | None:
        """Return an entry's enforcement; None when time runs out first, or the watch is ended.

        While the database is away nothing is found; OperationalError of it where there is no time
        to wait.
        """
        if timeout_seconds <= 0 or self._has_ended:
            return (await self._work.run(self._look, [entry])).get(entry)
        waiter = _Waiter(entry, asyncio.get_running_loop().create_future())
        self._waiting.add(waiter)
        self._rung.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(timeout_seconds):
                return await waiter.done
        except TimeoutError:
            return None
        finally:
            self._waiting.discard(waiter)

    def end(self) -> None:
        """Let all who wait go on at once, with nothing."""
        self._has_ended = True
        for waiter in self._waiting:
            _settle(waiter, None)

    async def _watch(self) -> None:
        while self._waiting:
            try:
                await self._look_at_each_ring()
            except (SQLAlchemyError, DriverError) as error:
                _log.warning("Waiting for enforcement: %s", type(error).__name__)
                await asyncio.sleep(LOOK_SECONDS)

    async def _look_at_each_ring(self) -> None:
        listener = await self._work.run(Listener, self._engine, ENFORCED_CHANNEL)
        with listener:
            while self._waiting:
                self._rung.clear()
                entries = {waiter.entry for waiter in self._waiting}
                found = await self._work.run(self._look, entries, listener)
                for waiter in self._waiting:
                    if waiter.entry in found:
                        _settle(waiter, found[waiter.entry])
                self._waiting = {waiter for waiter in self._waiting if not waiter.done.done()}
                if self._waiting:
                    await self._ring(listener)

    def _look(
        self, entries: Collection[LedgerIndex], listener: Listener | None = None
    ) -> dict[LedgerIndex, Enforcement]:
        if listener is not None:
            listener.wait(0)  # what rang until now is answered by this look
        with self._engine.connect() as connection:
            return enforced_of(connection, entries)

    async def _ring(self, listener: Listener) -> None:
        """Wait for the bell, or for somebody more who waits, and not for long."""
        loop = asyncio.get_running_loop()
        loop.add_reader(listener.fileno(), self._rung.set)
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._rung.wait()
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(listener.fileno())


def _settle(waiter: _Waiter, result: Enforcement | None) -> None:
    if not waiter.done.done():
        waiter.done.set_result(result)
