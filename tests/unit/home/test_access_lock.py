"""One at a time changes who is on the bus."""

import logging
from pathlib import Path
from threading import Thread

import pytest

from deploy.home.access_lock import access_lock


def test_who_comes_second_waits_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is let in when the first has ended, and nobody wonders why nothing happens."""
    order = []

    def second() -> None:
        with access_lock(tmp_path):
            order.append("second")

    waits = Thread(target=second)
    with caplog.at_level(logging.WARNING), access_lock(tmp_path):
        waits.start()
        while not caplog.messages:
            waits.join(0.01)
        order.append("first")
    waits.join(10)
    assert order == ["first", "second"]
    assert caplog.messages == [
        "Another command changes who is on the bus: waiting until it has ended."
    ]


def test_who_comes_alone_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody is waited for, at the first use of a home either."""
    with access_lock(tmp_path / "new"), caplog.at_level(logging.WARNING):
        assert not caplog.messages
