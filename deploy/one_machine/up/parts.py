"""The parts of the bus that `nwd up` runs, each a process of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from deploy.one_machine.up.part import ChildProcess, OnLine
from deploy.one_machine.up.servers import OnProgress
from deploy.settings import Settings

STOP_SECONDS: Final = 10.0  # seen: under 2 s
_FILTER: Final = "filter-"


@dataclass(frozen=True)
class PartPlan:
    """A part: its name, its command, and the port of its metrics (0 is none)."""

    name: str
    command: tuple[str, ...]
    metrics_port: int

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line of `nwd` that runs it."""
        return (*self.command, "--metrics-port", str(self.metrics_port))


def plan_parts(settings: Settings, shards: int) -> list[PartPlan]:
    """Return the parts in the order of their metrics' ports: a filter for each shard, readers."""
    commands: dict[str, tuple[str, ...]] = {
        f"{_FILTER}{shard}": ("run", "filter", "--shard", str(shard)) for shard in range(shards)
    }
    commands |= {name: ("run", name) for name in ("passport", "analytics")}
    if settings.web_port:
        commands["web"] = ("run", "web", "--port", str(settings.web_port))
    return [
        PartPlan(name, command, settings.metrics_port + place if settings.metrics_port else 0)
        for place, (name, command) in enumerate(commands.items(), start=1)
    ]


def metrics_urls(settings: Settings, plans: Sequence[PartPlan]) -> dict[str, str]:
    """Return where `nwd up` and each part serve their metrics; empty where none are served."""
    ports = {"nwd up": settings.metrics_port} | {plan.name: plan.metrics_port for plan in plans}
    return {name: f"http://127.0.0.1:{port}/metrics" for name, port in ports.items() if port}


@contextmanager
def running_parts(
    settings: Settings, plans: Sequence[PartPlan], on_progress: OnProgress, on_line: OnLine
) -> Iterator[list[ChildProcess]]:
    """Start the parts; stop them when the block ends, the readers before the filters.

    Raises ServerFailedError when the system has no room for another process.
    """
    environment = {"NWD_HOME": str(settings.home)}
    parts = [ChildProcess(plan.name, plan.arguments, environment, on_line) for plan in plans]
    try:
        for part in parts:
            part.start()
        yield parts
    finally:
        filters = [part for part in parts if part.name.startswith(_FILTER)]
        readers = [part for part in parts if part not in filters]
        for name, stage in (("the readers", readers), ("the filter", filters)):
            on_progress(f"Stopping {name} ...")
            for part in stage:
                part.ask_to_stop()
            for part in stage:
                part.stop(STOP_SECONDS)
