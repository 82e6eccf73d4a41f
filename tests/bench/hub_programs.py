"""A program of the hub in a process of its own, as `nwd up` runs it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from deploy.one_machine.up.part import ChildProcess
from schemas.kafka_connection import KafkaConnection
from tests.bench.change_times import PATIENCE_SECONDS
from tests.support.kafka_settings import as_environment


@contextmanager
def running(home: Path, kafka: KafkaConnection, *arguments: str) -> Iterator[psutil.Process]:
    """Run `nwd run` with these arguments, as a user of Kafka who may do everything."""
    environment = {"NWD_HOME": str(home)} | as_environment(kafka, manages_access=False)
    command = ("run", *arguments, "--metrics-port", "0")
    part = ChildProcess(arguments[0], command, environment, lambda _, line: say(line))
    before = set(psutil.Process().children())
    part.start()
    try:
        (process,) = set(psutil.Process().children()) - before
        yield process
    finally:
        part.ask_to_stop()
        part.stop(PATIENCE_SECONDS)


def say(what: str) -> None:
    """Print a line for whoever watches."""
    print(what, file=sys.stderr, flush=True)
