import pytest

from tests.simulation.history import History
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS, noticed_by
from tests.simulation.once import once
from tests.simulation.prove import prove

HISTORIES = 4_000
"""In every run of the tests; `make prove` plays a million."""


def test_no_history_shows_what_was_withdrawn_or_loses_what_was_granted() -> None:
    """Whatever happens between any two steps, each append was permitted and each tray holds."""
    assert prove(HISTORIES, processes=2) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_the_simulation_notices_a_bus_that_is_wrong(mutant: Mutant) -> None:
    """A simulation that no mistake can fail would prove nothing."""
    assert noticed_by(mutant) is not None


def test_a_seed_plays_the_same_history_each_time() -> None:
    """So that a failure can be looked at, step by step."""
    first: list[str] = []
    again: list[str] = []
    with once():
        History(7, first.append).live()
        History(7, again.append).live()

    assert first
    assert first == again
