"""Runs programs side by side in one process until a signal, or until one of them fails."""

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Final, NamedTuple, NoReturn

from deploy.cli import output
from deploy.cli.exit_codes import ExitCode
from deploy.cli.failures import explain
from deploy.hub import Hub, open_hub
from deploy.metrics import serve_metrics
from deploy.migrations.database import demand_sessions
from deploy.operations.broker_access import warn_without_acls
from deploy.stop_signals import asked_by_signals
from schemas.errors import BusError

STOP_SECONDS: Final = 30.0
"""A filter that waits for Kafka may still end its turn; longer than that it is broken off."""


class Program(NamedTuple):
    """A part of the bus: `run` returns when the event is set."""

    name: str
    run: Callable[[Hub, threading.Event], None]


SWITCH_SECONDS: Final = 0.0005
"""How long a program may keep the interpreter from one beside it. At Python's 5 ms the filter
waits that long after each answer of a server, while disclosures are being entered."""


def run_programs(programs: Sequence[Program], metrics_port: int | None) -> None:
    """Run until SIGINT or SIGTERM, then let each end what it is at.

    If one fails, the error is printed and the process ends at once with 1: a producer of
    kafka-python that is stuck would keep it alive for ever. BusError where the bus is not set up,
    or the port for metrics is in use.
    """
    _log_warnings()
    sys.setswitchinterval(SWITCH_SECONDS)
    names = " and ".join(program.name for program in programs)
    stop = threading.Event()
    with open_hub() as hub:
        demand_sessions(hub.engine)
        port = hub.settings.metrics_port if metrics_port is None else metrics_port
        serve_metrics(port)
        warn_without_acls(hub)
        metrics = f" Metrics: http://127.0.0.1:{port}/metrics" if port else ""
        output.message(f"Running {names}. Ctrl-C ends it.{metrics}")
        failures: SimpleQueue[BaseException] = SimpleQueue()
        with asked_by_signals() as request:
            threads = [_start(program, hub, stop, failures) for program in programs]
            while not request.is_made and not stop.wait(0.5):
                pass
        stop.set()  # from here on a second signal ends the process as usual
        for thread in threads:
            if failures.empty():
                thread.join(STOP_SECONDS)
        if not failures.empty():
            _die(failures.get())
        if any(thread.is_alive() for thread in threads):
            _die(BusError(f"It did not end within {STOP_SECONDS:g} seconds and was broken off."))
    output.message(f"Ended {names}.")


def _start(
    program: Program, hub: Hub, stop: threading.Event, failures: "SimpleQueue[BaseException]"
) -> threading.Thread:
    def work() -> None:
        try:
            program.run(hub, stop)
        except BaseException as error:  # noqa: BLE001 - printed by the main thread, whatever it is
            failures.put(error)
        finally:
            stop.set()

    thread = threading.Thread(target=work, name=program.name, daemon=True)
    thread.start()
    return thread


def _die(error: BaseException) -> NoReturn:
    explained = explain(error)
    if explained is None:
        traceback.print_exception(error)
    else:
        output.failure(explained)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ExitCode.FAILED)


def _log_warnings() -> None:
    """Let our own warnings reach those who watch a program that runs for long.

    kafka-python stays quiet: while a broker is away it writes several lines, and tracebacks, for
    each attempt to reach it; what matters of that comes as a warning or an error of ours.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(utc_lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def utc_lines() -> logging.Formatter:
    """Return how a log is written: a line begins with its time, in UTC whatever the machine's."""
    lines = logging.Formatter(
        "%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ"
    )
    lines.converter = time.gmtime
    return lines
