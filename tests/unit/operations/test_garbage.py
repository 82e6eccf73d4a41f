"""When Python's garbage collector runs."""

import gc
from collections.abc import Iterator

import pytest

from deploy.operations.garbage import collected_later, collecting_when_called


@pytest.fixture(autouse=True)
def _enabled() -> Iterator[None]:
    assert gc.isenabled()
    yield
    gc.enable()


def test_the_collector_waits_for_a_piece_of_work_and_goes_on_behind_it() -> None:
    """Also where the work fails."""
    with pytest.raises(ZeroDivisionError), collected_later():
        _ = 1 // gc.isenabled()  # 0: it waits

    assert gc.isenabled()


def test_a_piece_within_another_does_not_end_the_waiting() -> None:
    """The one outside goes on undisturbed."""
    with collected_later():
        with collected_later():
            assert not gc.isenabled()
        assert not gc.isenabled()


def test_where_it_runs_when_called_it_is_not_let_loose_by_a_piece_of_work() -> None:
    """What a program has decided for as long as it runs stays."""
    with collecting_when_called():
        with collected_later():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()
