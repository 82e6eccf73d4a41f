import os
import subprocess
import sys

import pytest

from tests.plugins.profile import Profile
from tests.simulation.late_notices import LATE_NOTICES
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS, noticed_by
from tests.simulation.prove import prove


@pytest.mark.timeout(1_800)  # a minute and a half on two quiet cores
def test_no_history_shows_what_was_withdrawn_or_loses_what_was_granted(profile: Profile) -> None:
    """Whatever happens between any two steps, each append was permitted and each tray holds."""
    assert prove(profile.histories, processes=2) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_the_simulation_notices_a_bus_that_is_wrong(mutant: Mutant) -> None:
    """A simulation that no mistake can fail would prove nothing: one of so many notices each."""
    assert noticed_by(mutant, begin=LATE_NOTICES.get(mutant.name, 0)) is not None


def test_a_seed_plays_the_same_history_each_time() -> None:
    """So that a failure can be looked at, step by step, in another process than its own."""
    first, again = (
        subprocess.run(
            [sys.executable, "-m", "tests.simulation.prove", "--seed", "7"],
            env=os.environ | {"PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in ("1", "2")
    )

    assert "turn" in first
    assert first == again
