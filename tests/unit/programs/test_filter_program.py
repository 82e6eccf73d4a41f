"""The filter as a program: however it ends, its clients end with it."""

import threading
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

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
