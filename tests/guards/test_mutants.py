import pytest

from tests.simulation.mutant import Mutant, applied
from tests.simulation.mutants import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_what_a_mutant_replaces_is_there(mutant: Mutant) -> None:
    """Whoever changes the product's text finds out at once that a mutant speaks of it."""
    with applied(mutant):
        pass
