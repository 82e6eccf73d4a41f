import pytest

from tests.simulation.late_notices import LATE_NOTICES
from tests.simulation.mutant import Mutant, applied
from tests.simulation.mutants import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_what_a_mutant_replaces_is_there(mutant: Mutant) -> None:
    """Whoever changes the product's text finds out at once that a mutant speaks of it."""
    with applied(mutant):
        pass


def test_who_is_noticed_late_is_a_mutant() -> None:
    """A figure under a name that is gone would be read by nobody."""
    assert LATE_NOTICES.keys() <= {mutant.name for mutant in MUTANTS}
