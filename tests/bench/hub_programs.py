"""A program of the hub in a process of its own, as `nwd up` runs it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import func, select

from consent_ledger.tables.delivery import disclosure
from deploy.hub import Hub
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


def wait_until_disclosed(hub: Hub, disclosures: int) -> None:
    """Wait until the filter has disclosed so much."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with hub.engine.connect() as connection:
            if connection.scalar(select(func.count()).select_from(disclosure)) == disclosures:
                return
        time.sleep(0.1)
    raise RuntimeError("the filter has not disclosed the events")


def say(what: str) -> None:
    """Print a line for whoever watches."""
    print(what, file=sys.stderr, flush=True)
