"""Mutants of dividing the partitions anew: who is fenced, and where who takes over begins."""

from typing import Final

from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_rules import RuleMutant

_SHARDS: Final = "consent_ledger.filter.shards"
_UNIT: Final = "tests.unit.consent_ledger.test_shards"
MUTANTS_OF_SHARDS: Final = (
    Mutant(
        "a shard that retires is not fenced in the log",
        _SHARDS,
        "divide",
        "log.acquire()",
        "None",
    ),
    Mutant(
        "a shard that retires is fenced nowhere",
        _SHARDS,
        "divide",
        "leases.append(transaction.acquire(state.shard_id))",
        "pass",
    ),
    Mutant(
        "a shard begins where the most advanced of its partitions is",
        _SHARDS,
        "_successors",
        "min(begins(",
        "max(begins(",
    ),
    Mutant(
        "what was carried out in one partition counts in every",
        _SHARDS,
        "begins",
        "found.keys() & state.partitions",
        "list(found)",
    ),
)
"""Those that a history notices."""

RULES_OF_SHARDS: Final = (
    RuleMutant(
        Mutant(
            "a shard begins at the latest moment of those before it",
            _SHARDS,
            "_successors",
            "min((cursor.checked_at",
            "max((cursor.checked_at",
        ),
        _UNIT,
        "test_a_shard_begins_at_the_earliest_moment_of_those_before_it",
    ),
    RuleMutant(
        Mutant(
            "what a clock that was ahead has decided is forgotten when shards are divided",
            _SHARDS,
            "_successors",
            "max((cursor.decided_until",
            "min((cursor.decided_until",
        ),
        _UNIT,
        "test_a_shard_has_decided_until_the_latest_moment_of_those_before_it",
    ),
)
"""Those that take a clock which histories seldom have, each with its unit test."""
