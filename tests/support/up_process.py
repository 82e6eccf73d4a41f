"""A real `nwd up` as a process of its own, and the load that a provider puts on its bus."""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path
from typing import IO, Any, Self

import psutil
from kafka import KafkaProducer
from kafka.errors import KafkaError
from sqlalchemy import select

from consent_ledger.consent.changes import ALL, Grant
from consent_ledger.consent.consent import apply
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.tables.delivery import journal
from deploy.home.secret_files import load_secrets
from deploy.hub import Hub
from deploy.one_machine.embedded.pid_file import is_running
from deploy.settings import Settings, find_addresses
from producers.publisher import Publisher, PublishError, connect
from schemas.blocks import Identity
from schemas.errors import KafkaAwayError
from schemas.events import Event
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from tests.support.factories import make_events

UP_SECONDS = 90.0  # seen: 5 s, on a busy machine 20 s
DOWN_SECONDS = 60.0
BATCH = 6
PAUSE_SECONDS = 0.1
ANSWER_SECONDS = 4.0


class UpProcess:
    """`nwd up --json` on a home. Ends with the test run, by its standard input, if all else fails.

    One filter runs. `metrics_port` 0 is none; `settings` are variables of its environment.
    """

    def __init__(
        self, home: Path, *, metrics_port: int = 0, settings: Mapping[str, str] | None = None
    ) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(  # noqa: S603 - this Python, on our own program
            [sys.executable, "-m", "deploy.cli.parent_watch", "up", "--json", "--home", str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ
            | {"NWD_METRICS_PORT": str(metrics_port), "NWD_WEB_PORT": "0", "NWD_SHARDS": "1"}
            | dict(settings or {}),
        )
        self.pid = self._process.pid
        self._said: list[str] = []
        assert self._process.stdout
        assert self._process.stderr
        self._stdout = _collect(self._process.stdout, self._said)
        self._stderr = _collect(self._process.stderr, self.lines)

    def wait_until_up(self) -> dict[str, Any]:
        """Wait for the addresses, and return them."""
        wait_until(lambda: bool(self._said) or not self.is_running, UP_SECONDS, "nwd up")
        assert self._said, "\n".join(self.lines)
        addresses: dict[str, Any] = json.loads(self._said[0])
        return addresses

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def child(self, name: str) -> psutil.Process:
        """Find the process of a server or a part: `kafka`, `postgres`, `filter`, ..."""
        wanted = {"kafka": "kafka.Kafka", "postgres": "-D"}.get(name, name)
        found = [one for one in psutil.Process(self.pid).children() if wanted in one.cmdline()]
        assert len(found) == 1, (name, found)
        return found[0]

    def family(self) -> set[psutil.Process]:
        """Return every process that belongs to it now."""
        me = psutil.Process(self.pid)
        return {me, *me.children(recursive=True)}

    def end(self, number: int) -> int:
        """Send a signal, wait for the end and return the exit code."""
        if self.is_running:
            self._process.send_signal(number)
        code = self._process.wait(DOWN_SECONDS)
        for thread in (self._stdout, self._stderr):
            thread.join(DOWN_SECONDS)  # a pipe ends when the last process that holds it has ended
        assert self._process.stdin
        self._process.stdin.close()
        return code


class Load:
    """Providers that publish without a pause, and again what was not acknowledged.

    `home` is where the bus runs; `events` never end.
    """

    def __init__(self, home: Path, events: Iterator[Event]) -> None:
        self.acknowledged: list[Event] = []
        self._home = home
        self._events = events
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._producers: list[KafkaProducer] = []
        self.failure: BaseException | None = None
        self.rest = threading.Lock()
        """Held by whoever wants nothing to be published; what was sent is acknowledged then."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "the load did not end"
        for one in self._producers:  # while the broker was away, closing one would have failed
            with suppress(KafkaError):
                one.close(timeout=5)
        if self.failure:
            raise self.failure

    def wait_for(self, more: int, deadline_seconds: float = 60.0) -> None:
        """Wait until so many further events are acknowledged."""
        wanted = len(self.acknowledged) + more
        wait_until(
            lambda: len(self.acknowledged) >= wanted or not self._thread.is_alive(),
            deadline_seconds,
            f"{wanted} acknowledged events",
        )

    def _run(self) -> None:
        try:
            waiting: list[Event] = []
            while waiting or not self._stop.is_set():
                with suppress(PublishError, KafkaAwayError):
                    self._publish(waiting)
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            self.failure = error

    def _publish(self, waiting: list[Event]) -> None:
        """Publish by one producer until there is an error or no more is wanted."""
        kafka = find_addresses(Settings(home=self._home)).kafka
        self._producers.append(connect(kafka))
        publisher = Publisher(self._producers[-1])
        while waiting or not self._stop.is_set():
            with self.rest:
                if not waiting:
                    waiting.extend(islice(self._events, BATCH))
                for event in waiting:
                    publisher.publish(event)
                publisher.flush(ANSWER_SECONDS)
                self.acknowledged += waiting
                waiting.clear()
            self._stop.wait(PAUSE_SECONDS)


def events_of(participants: Sequence[str]) -> Iterator[Event]:
    """Yield events of one after the other, for ever."""
    for participant_id in cycle(participants):
        yield from make_events(PassportNumber(participant_id))


@contextmanager
def hub_at(home: Path) -> Iterator[Hub]:
    """Give the hub of the `nwd up` that runs on a home."""
    settings = Settings(home=home)
    secrets = load_secrets(home, settings.ledger_name)
    hub = Hub(settings, find_addresses(settings), secrets)
    try:
        yield hub
    finally:
        hub.engine.dispose()


def register_people(hub: Hub, count: int) -> list[PassportNumber]:
    """Register people who share everything with the borough, and return their numbers."""
    numbers = []
    with hub.ledger.begin() as tx:
        for _ in range(count):
            found = hub.register.register(tx, ProviderId("borough-d"), Identity())
            assert isinstance(found, RegisteredPerson)
            number = found.participant_id
            apply(
                tx, Grant(number=number, agreement=AgreementId("borough-d.support"), categories=ALL)
            )
            numbers.append(number)
    return numbers


def missing_from_journal(hub: Hub, events: Sequence[Event]) -> set[uuid.UUID]:
    """Return the ids of those events that the bus has not taken in."""
    with hub.engine.connect() as connection:
        held = set(connection.scalars(select(journal.c.event_id)))
    return {uuid.UUID(event.event_id) for event in events} - held


def wait_until(is_so: Callable[[], bool], deadline_seconds: float, what: str) -> float:
    """Wait until something is so; return how many seconds that took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < deadline_seconds, f"waited too long for {what}"
        time.sleep(0.05)
    return time.monotonic() - begun


def still_running(processes: set[psutil.Process]) -> set[psutil.Process]:
    """Return those that have not ended."""
    return {one for one in processes if is_running(one)}


def processes_in(folder: Path) -> list[psutil.Process]:
    """Return every process that works in a folder or below it, as the servers do."""
    return [
        one
        for one in psutil.process_iter(["cwd"])
        if one.info["cwd"] and folder in Path(one.info["cwd"]).parents
    ]


def _collect(said: IO[str], lines: list[str]) -> threading.Thread:
    def read() -> None:
        with said:
            for line in said:
                lines.append(line.rstrip())  # noqa: PERF401 - somebody waits for each line

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
