"""The end of the server, for requests that wait for something else."""

import asyncio


class Ending:
    """Whether the server ends: who waits is answered then, with what there is."""

    def __init__(self) -> None:
        self._has_come = asyncio.Event()

    def end(self) -> None:
        """Let all who wait go on at once."""
        self._has_come.set()

    async def comes_within(self, seconds: float) -> bool:
        """Wait for it, for so long at most; return whether it has come."""
        try:
            async with asyncio.timeout(seconds):
                return await self._has_come.wait()
        except TimeoutError:
            return False
