"""A reader that runs for weeks keeps no garbage, whether or not anything comes."""

import gc
import threading
import weakref
from unittest.mock import MagicMock

import pytest

from consumers.follower import Turn
from deploy.programs import readers


class Knot:
    """An object that refers to itself: only the collector can take it away."""

    def __init__(self) -> None:
        self.itself = self


def test_what_a_turn_without_records_left_behind_is_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client makes objects while it waits, and Python collects none by itself meanwhile."""
    left: list[weakref.ref[Knot]] = []

    def followed(*given: object) -> MagicMock:
        on_turn = given[-1]
        assert callable(on_turn)
        assert not gc.isenabled()
        left.append(weakref.ref(Knot()))
        on_turn(Turn(0, 0, None, has_begun_again=False))
        return MagicMock()

    monkeypatch.setattr(readers, "TrayReader", MagicMock())
    monkeypatch.setattr(readers, "tray_follower", followed)

    readers.run_analytics(MagicMock(), threading.Event())

    assert [knot() for knot in left] == [None]
    assert gc.isenabled()
