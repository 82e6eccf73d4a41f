"""Waiting by looking again."""

import asyncio

from deploy.web.repeated_looks import RepeatedLooks


class Counter:
    """Counts how often it is looked at."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self) -> int:
        """Return the number of looks, with this one."""
        self.looks += 1
        return self.looks


def test_who_waits_looks_until_it_is_enough() -> None:
    """And no longer."""

    async def wait() -> int:
        return await RepeatedLooks().until(
            Counter().look, lambda found: found == 3, timeout_seconds=30
        )

    assert asyncio.run(wait()) == 3


def test_who_has_no_time_looks_once() -> None:
    """What is seen then is the answer."""

    async def wait() -> int:
        return await RepeatedLooks().until(Counter().look, lambda _: False, timeout_seconds=0)

    assert asyncio.run(wait()) == 1


def test_who_waits_is_answered_when_the_server_ends() -> None:
    """With what is seen by then."""
    looks = RepeatedLooks()

    async def wait() -> str:
        asyncio.get_running_loop().call_later(0.05, looks.end)
        return await looks.until(lambda: "so far", lambda _: False, timeout_seconds=60)

    async def in_time() -> str:
        async with asyncio.timeout(5):
            return await wait()

    assert asyncio.run(in_time()) == "so far"
