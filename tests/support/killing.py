"""A filter killed between two steps, in a process that lives on or with its process."""

from collections.abc import Callable

from consent_ledger.filter.failpoints import Failpoint, TurnStep


class KilledError(BaseException):
    """Stands for kill -9: nothing catches it."""


def killed_at(step: TurnStep, hit: int = 1) -> Failpoint:
    """Return what kills a filter when it comes by a step, or comes by it for the so-many-th time.

    Raises:
        KilledError: then, where the filter calls it.

    """

    def kill() -> None:
        raise KilledError

    return ending_at(step, hit, kill)


def ending_at(step: TurnStep, hit: int, end: Callable[[], None]) -> Failpoint:
    """Return what calls `end` when a filter comes by a step for the so-many-th time."""
    hits = 0

    def failpoint(at: TurnStep) -> None:
        nonlocal hits
        hits += at is step
        if hits == hit and at is step:
            end()

    return failpoint
