"""A filter killed between two steps, in a process that lives on."""

from consent_ledger.filter.failpoints import Failpoint, Step


class KilledError(BaseException):
    """Stands for kill -9: nothing catches it."""


def killed_at(step: Step, hit: int = 1) -> Failpoint:
    """Return what kills a filter when it comes by a step, or comes by it for the so-many-th time.

    Raises:
        KilledError: then, where the filter calls it.

    """
    hits = 0

    def failpoint(at: Step) -> None:
        nonlocal hits
        hits += at is step
        if hits == hit and at is step:
            raise KilledError

    return failpoint
