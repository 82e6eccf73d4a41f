"""The filter as a program: however it ends, its clients end with it."""

import threading
from contextlib import nullcontext
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import pytest

from consent_ledger.filter.shard import TurnReport
from consent_ledger.filter.store import FencedError
from deploy.hub import Hub
from deploy.programs import filter as program


def test_a_filter_whose_shard_was_taken_over_lets_its_clients_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Left alone they would ask the broker for ever, in a process that starts the filter again."""
    closed = threading.Event()
    log = SimpleNamespace(close=closed.set)

    def taken_over(*_: Any) -> None:
        raise FencedError(0)

    monkeypatch.setattr(program, "refuse_resurrected", lambda _: None)
    monkeypatch.setattr(program, "open_log", lambda *_: log)
    monkeypatch.setattr(program, "Listener", lambda *_: nullcontext())
    monkeypatch.setattr(program, "acquire_shard", taken_over)
    hub = cast(Hub, SimpleNamespace(engine=None))

    with pytest.raises(FencedError):
        program.run_filter(hub, 0, threading.Event())

    assert closed.is_set()


def test_a_filter_that_has_been_quiet_looks_for_events_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every hundredth of a second at first, later every twentieth, and at once after events."""
    stop, waited, seconds = threading.Event(), list[float](), count(step=0.6)
    reports = iter([TurnReport(events=1), *(TurnReport() for _ in range(3)), TurnReport(events=1)])

    def wait(timeout_seconds: float) -> bool:
        waited.append(timeout_seconds)
        if len(waited) == 5:
            stop.set()
        return False

    shard = SimpleNamespace(turn=lambda _: next(reports), lag=lambda: 0)
    bell = SimpleNamespace(wait=wait)
    monkeypatch.setattr(program, "refuse_resurrected", lambda _: None)
    monkeypatch.setattr(program, "open_log", lambda *_: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(program, "Listener", lambda *_: nullcontext(bell))
    monkeypatch.setattr(program, "acquire_shard", lambda *_: shard)
    monkeypatch.setattr(program, "LOOK_SECONDS", 1_000)
    monkeypatch.setattr(program, "time", SimpleNamespace(monotonic=lambda: next(seconds)))

    program.run_filter(cast(Hub, SimpleNamespace(engine=None)), 0, stop)

    assert waited == [0, 0.01, 0.05, 0.05, 0]
