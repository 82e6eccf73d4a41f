"""Work that waits for the database, in threads: not so many that the pages get none."""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

AT_ONCE: Final = 6
"""Of the API, and of the 15 connections of the database's pool; the ledger's pages have the rest.
Changes take turns anyway: each locks the ledger's head."""
IMPORTS_AT_ONCE: Final = 2
"""Of tables that are handed in: each holds a connection or two while it is tried or imported."""
DIRECTORY_AT_ONCE: Final = 3
"""Of the service directory, which anybody may ask: it takes none of the API's connections."""

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Work:
    """Runs functions that block, so many at once; the others take their turn."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._limit = CapacityLimiter(at_once)

    async def run(
        self, function: Callable[Given, Result], *arguments: Given.args, **named: Given.kwargs
    ) -> Result:
        """Return what a function returns, or raise what it raises."""
        return await to_thread.run_sync(lambda: function(*arguments, **named), limiter=self._limit)
