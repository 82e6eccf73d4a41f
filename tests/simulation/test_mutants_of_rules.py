from collections.abc import Callable
from importlib import import_module

import pytest

from tests.simulation.mutant import applied
from tests.simulation.mutants_of_access import MUTANTS_OF_ACCESS
from tests.simulation.mutants_of_register import MUTANTS_OF_REGISTER
from tests.simulation.mutants_of_returns import MUTANTS_OF_RETURNS
from tests.simulation.mutants_of_rules import MUTANTS_OF_RULES, RuleMutant
from tests.simulation.mutants_of_shards import RULES_OF_SHARDS
from tests.simulation.mutants_of_sharing import MUTANTS_OF_SHARING
from tests.simulation.mutants_of_sweeps import RULES_OF_SWEEPS
from tests.simulation.mutants_of_tables import MUTANTS_OF_TABLES


def noticing(rule: RuleMutant) -> Callable[[], None]:
    """Return the test that must notice a mutant."""
    owner, _, name = rule.test.rpartition(".")
    module = import_module(rule.module)
    found: Callable[[], None] = getattr(getattr(module, owner)() if owner else module, name)
    return found


@pytest.mark.parametrize(
    "rule",
    [
        *MUTANTS_OF_RULES,
        *MUTANTS_OF_REGISTER,
        *MUTANTS_OF_RETURNS,
        *MUTANTS_OF_ACCESS,
        *MUTANTS_OF_SHARING,
        *MUTANTS_OF_TABLES,
        *RULES_OF_SHARDS,
        *RULES_OF_SWEEPS,
    ],
    ids=lambda rule: rule.mutant.name.replace(" ", "-"),
)
def test_a_unit_test_notices_a_rule_that_is_broken(rule: RuleMutant) -> None:
    """Nothing else would: every tray is as it should be, or nobody plays what shows it."""
    test = noticing(rule)
    test()

    with applied(rule.mutant):
        try:
            test()
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - whatever goes wrong is a notice
            return
    pytest.fail("the mutant was not noticed")
