"""The bus made wrong on purpose, one way at a time: the simulation must notice each.

python -m tests.simulation.mutants          the table: which history noticed which mutant
"""

from rich.console import Console
from rich.table import Table

from tests.simulation.history import History
from tests.simulation.mutant import Mutant, applied
from tests.simulation.mutants_of_audit import MUTANTS_OF_AUDIT
from tests.simulation.mutants_of_filter import MUTANTS_OF_FILTER
from tests.simulation.mutants_of_ledger import MUTANTS_OF_LEDGER
from tests.simulation.mutants_of_merging import MUTANTS_OF_MERGING
from tests.simulation.mutants_of_shards import MUTANTS_OF_SHARDS
from tests.simulation.mutants_of_sweeps import MUTANTS_OF_SWEEPS
from tests.simulation.mutants_of_turns import MUTANTS_OF_TURNS
from tests.simulation.once import once

HISTORIES = 2_000
"""A mutant that so many histories do not notice has survived."""

MUTANTS = (
    *(*MUTANTS_OF_LEDGER, *MUTANTS_OF_MERGING, *MUTANTS_OF_FILTER),
    *(*MUTANTS_OF_SHARDS, *MUTANTS_OF_TURNS, *MUTANTS_OF_SWEEPS, *MUTANTS_OF_AUDIT),
)


def noticed_by(
    mutant: Mutant, histories: int = HISTORIES, *, begin: int = 0
) -> tuple[int, str] | None:
    """Return the first history that notices a mutant and how, or None when it survives.

    All of them are asked, those from `begin` on first.
    """
    with applied(mutant), once():
        for seed in (*range(begin, histories), *range(begin)):
            try:
                History(seed).live()
            except Exception as error:  # noqa: BLE001 - whatever goes wrong is a notice
                return seed, f"{type(error).__name__}: {error}".splitlines()[0]
    return None


def main() -> int:
    """Print the table; return 1 when a mutant survives."""
    table = Table("mutant", "noticed by history", "how", title="The bus made wrong on purpose")
    survivors = 0
    for mutant in MUTANTS:
        found = noticed_by(mutant)
        survivors += found is None
        table.add_row(mutant.name, *((str(found[0]), found[1][:70]) if found else ("none", "")))
    console = Console(width=140)
    console.print(table)
    console.print(f"{len(MUTANTS)} mutants, {survivors} survived {HISTORIES:,} histories.")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
