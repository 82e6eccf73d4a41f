"""How many processor cores this process may use."""

import os
from pathlib import Path
from typing import Final

CPU_MAX: Final = Path("/sys/fs/cgroup/cpu.max")
"""Where a container's limit stands: microseconds of processor time, or max, in each period."""


def cores(cpu_max: Path = CPU_MAX) -> int:
    """Return the cores that the system, or a container's limit, leaves to it: at least one."""
    return max(1, min(_allowed(), _limit(cpu_max)))


def _allowed() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _limit(cpu_max: Path) -> int:
    """Return how many whole cores the limit is; where there is none, as many as there are."""
    try:
        quota, period = cpu_max.read_text().split()
    except (OSError, ValueError):
        return _allowed()
    return _allowed() if quota == "max" else int(quota) // int(period)
