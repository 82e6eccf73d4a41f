"""The filter as a program: however it ends, its clients end with it."""

import threading
from collections.abc import Iterator
from contextlib import closing, nullcontext
from select import select
from socket import socketpair
from types import SimpleNamespace
from typing import Any, cast

import pytest

from consent_ledger.filter.shard import TurnReport
from consent_ledger.filter.store import FencedError
from deploy.hub import Hub
from deploy.programs import filter as program


class Records:
    """A log in which something appears while it is looked at."""

    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.is_closed = False

    def poll(self, *_: object) -> list[str]:
        """Wait until something has come."""
        assert self.arrived.wait(5)
        return ["a record"]

    def close(self) -> None:
        """Let go."""
        self.is_closed = True


class Bell:
    """What the filter listens to, and what rings it."""

    def __init__(self) -> None:
        self._heard, self._ringing = socketpair()
        self.fileno = self._heard.fileno

    def ring(self) -> None:
        """Tell of a change."""
        self._ringing.send(b"!")

    def wait(self, seconds: float) -> bool:
        """Tell whether it has rung since."""
        return bool(select([self._heard], [], [], seconds)[0] and self._heard.recv(1))

    def close(self) -> None:
        """Close both ends."""
        self._heard.close()
        self._ringing.close()


@pytest.fixture
def records() -> Records:
    """Give the log that the filter reads."""
    return Records()


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch, records: Records) -> Iterator[Bell]:
    """Give the bell of a filter that has nothing else real."""
    with closing(Bell()) as made:
        monkeypatch.setattr(program, "refuse_resurrected", lambda _: None)
        monkeypatch.setattr(program, "shard_at", lambda _, place: place)
        monkeypatch.setattr(program, "open_log", lambda *_: records)
        monkeypatch.setattr(program, "Listener", lambda *_: nullcontext(made))
        store = SimpleNamespace(held=nullcontext)
        monkeypatch.setattr(program, "PostgresStore", lambda _: store)
        yield made


HUB = cast(Hub, SimpleNamespace(engine=None))


@pytest.mark.usefixtures("bell")
def test_a_filter_whose_shard_was_taken_over_lets_its_clients_go(
    monkeypatch: pytest.MonkeyPatch, records: Records
) -> None:
    """Left alone they would ask the broker for ever, in a process that starts the filter again."""

    def taken_over(*_: Any) -> None:
        raise FencedError(0)

    monkeypatch.setattr(program, "acquire_shard", taken_over)

    with pytest.raises(FencedError):
        program.run_filter(HUB, 0, threading.Event())

    assert records.is_closed


@pytest.mark.parametrize("comes", ["a record", "a notice"])
def test_a_filter_without_events_sleeps_until_a_record_or_a_notice_comes(
    monkeypatch: pytest.MonkeyPatch, records: Records, bell: Bell, comes: str
) -> None:
    """Neither waits for the other, and meanwhile the filter does nothing at all."""
    stop, asleep = threading.Event(), threading.Event()
    done: list[str] = []

    def turn(_: float) -> TurnReport:
        if asleep.is_set():
            done.append("a record")
            stop.set()
        asleep.set()
        return TurnReport()

    def enforce() -> TurnReport:
        done.append("a notice")
        stop.set()
        return TurnReport()

    shard = SimpleNamespace(
        turn=turn,
        enforce=enforce,
        lag=lambda: 0,
        is_sweeping=False,
    )
    monkeypatch.setattr(program, "acquire_shard", lambda *_: shard)
    monkeypatch.setattr(program, "QUIET_SECONDS", 60)
    running = threading.Thread(target=program.run_filter, args=(HUB, 0, stop))

    running.start()
    assert asleep.wait(5)
    if comes == "a record":
        records.arrived.set()
    else:
        bell.ring()
        assert stop.wait(5)
        records.arrived.set()  # it ends with the look that is under way
    running.join(5)

    assert not running.is_alive()
    assert done == [comes]
