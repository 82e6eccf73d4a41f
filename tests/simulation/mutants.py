"""The bus made wrong on purpose, one way at a time: the simulation must notice each.

python -m tests.simulation.mutants          the table: which history noticed which mutant
"""

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from tests.simulation.history import History
from tests.simulation.once import once

HISTORIES = 1_000
"""A mutant that so many histories do not notice has survived."""


class Mutant(NamedTuple):
    """A function of the product with one piece of its text replaced."""

    name: str
    module: str
    function: str
    old: str
    new: str


_FILTER = "consent_ledger.filter."
MUTANTS = (
    Mutant(
        "an unsent tombstone counts as sent",
        _FILTER + "planning",
        "Planner.plan",
        "(before.mask == NOTHING and before.is_confirmed)",
        "before.mask == NOTHING",
    ),
    Mutant(
        "an unsent record counts as sent",
        _FILTER + "planning",
        "Planner.plan",
        "and before.is_confirmed\n",
        "and True\n",
    ),
    Mutant(
        "no tombstones",
        _FILTER + "planning",
        "Planner.plan",
        "if before is None or (before.mask == NOTHING and before.is_confirmed):",
        "if True:",
    ),
    Mutant(
        "only those with standing are looked at",
        _FILTER + "planning",
        "Planner.plan",
        "self._for_everyone | ",
        "",
    ),
    Mutant(
        "everything is sent again",
        _FILTER + "planning",
        "Planner.plan",
        "and before.digest == content.digest",
        "and False",
    ),
    Mutant(
        "a change of content is not noticed",
        "consent_ledger.vault",
        "Vault.digest",
        "hashlib.blake2b(data,",
        "hashlib.blake2b(b'',",
    ),
    Mutant(
        "grants never run out",
        "consent_ledger.decisions",
        "open_categories",
        "(standing.until is None or now < standing.until)",
        "True",
    ),
    Mutant(
        "providers are never left out",
        "consent_ledger.decisions",
        "open_categories",
        "provider_id not in standing.excluded and ",
        "",
    ),
    Mutant(
        "objections are not heard",
        "consent_ledger.decisions",
        "open_categories",
        "if not standing.has_objected:",
        "if True:",
    ),
    Mutant(
        "public task without a notice",
        "consent_ledger.decisions",
        "open_categories",
        'agreement.applies_to == "everyone" or standing.is_informed',
        "True",
    ),
    Mutant(
        "sensitive services are like any other",
        "consent_ledger.decisions",
        "decide",
        "Category.SENSITIVE_PARTICIPATION if is_sensitive else Category.PARTICIPATION",
        "Category.PARTICIPATION",
    ),
    Mutant(
        "any event under any agreement",
        "consent_ledger.decisions",
        "decide",
        "event in agreement.events and ",
        "",
    ),
    Mutant(
        "agreements hold for ever",
        "consent_ledger.decisions",
        "decide",
        " and agreement.is_valid(now)",
        "",
    ),
    Mutant(
        "no gate",
        "consent_ledger.decisions",
        "decide",
        "if opened & gate.bit:",
        "if opened:",
    ),
    Mutant(
        "an unknown service is harmless",
        "consent_ledger.terms",
        "Terms.is_sensitive",
        "self.services.get(service_id, True)",
        "self.services.get(service_id, False)",
    ),
    Mutant(
        "what ran out is not looked at",
        _FILTER + "shard",
        "Shard._agenda",
        "pairs = transaction.expired_since(since, until, own)",
        "pairs = []",
    ),
    Mutant(
        "changed agreements are not looked at",
        _FILTER + "shard",
        "Shard._agenda",
        "agenda.wide.add(change.agreement_id)",
        "pass",
    ),
    Mutant(
        "changed services are not looked at",
        _FILTER + "shard",
        "Shard._agenda",
        "agenda.services.add(change.service_id)",
        "pass",
    ),
    Mutant(
        "agreements that begin or end are not looked at",
        _FILTER + "shard",
        "Shard._agenda",
        "agenda.wide |= self._terms.begun_or_ended(since, until)",
        "pass",
    ),
    Mutant(
        "the cursor runs ahead of the ledger",
        _FILTER + "shard",
        "Shard._agenda",
        "Cursor(next_seq, now, now)",
        "Cursor(next_seq + 1, now, now)",
    ),
    Mutant(
        "the terms are read once",
        _FILTER + "shard",
        "Shard._read_terms",
        "if self._terms_seq is None or newest != self._terms_seq:",
        "if self._terms_seq is None:",
    ),
    Mutant(
        "a batch is never sent",
        _FILTER + "shard",
        "Shard._send",
        "self._log.append(records)",
        "None",
    ),
    Mutant(
        "what a changed agreement asks for is never sent",
        _FILTER + "shard",
        "Shard._go_wide",
        "self._send(batch, report)",
        "None",
    ),
    Mutant(
        "a predecessor closes turns",
        _FILTER + "shard",
        "Shard._send",
        "transaction.fence(self._hold)",
        "None",
    ),
    Mutant(
        "a predecessor is not fenced in the log",
        _FILTER + "shard",
        "Shard.take_over",
        "self._log.take_over()",
        "self._log._epoch = self._log._broker.epochs.setdefault(self._log._id, 1)",
    ),
    Mutant(
        "an older revision replaces a newer one",
        _FILTER + "batch",
        "Preparation._accept",
        "if event.revision == history.revision:",
        "if True:",
    ),
    Mutant(
        "earlier disclosures of an event are forgotten",
        _FILTER + "batch",
        "Preparation.prepare",
        "(seen_before & current.keys()) | again.keys()",
        "again.keys()",
    ),
    Mutant(
        "a grant does not fill what it opens",
        _FILTER + "batch",
        "Preparation._scoped",
        "transaction.sealed_events_of(active)",
        "[]",
    ),
    Mutant(
        "disclosures are not written down",
        _FILTER + "batch",
        "Preparation.prepare",
        "transaction.add_disclosures(turn, [one.disclosure for one in batch.deliveries])",
        "None",
    ),
    Mutant(
        "closed blocks are copied",
        "consent_ledger.project",
        "Projection.value",
        "if not mask & bit or end - begin == 1:",
        "if end - begin == 1:",
    ),
    Mutant(
        "pseudonyms are the same in every tray",
        "consent_ledger.pseudonyms",
        "Pseudonyms.__init__",
        'derived_token(pepper, "pseudonyms", agreement_id)',
        'derived_token(pepper, "pseudonyms")',
    ),
    Mutant(
        "what is closed is not told",
        "consent_ledger.decisions",
        "decide",
        "closed=Mask(agreement.block_mask & ~mask)",
        "closed=NOTHING",
    ),
    Mutant(
        "a withdrawal withdraws nothing",
        "consent_ledger.consent",
        "_withdraw",
        "case.before.without(closing)",
        "case.before",
    ),
    Mutant(
        "a grant forgets who is left out",
        "consent_ledger.consent",
        "_grant",
        "excluded=left_out)",
        "excluded=frozenset())",
    ),
    Mutant(
        "a grant that ran out comes back whole",
        "consent_ledger.consent",
        "_grant",
        "held = NOTHING if has_run_out else case.before.granted",
        "held = case.before.granted",
    ),
)


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """Replace the function, wherever it was imported to, while the block runs."""
    module = importlib.import_module(mutant.module)
    owner_name, _, name = mutant.function.rpartition(".")
    owner = getattr(module, owner_name) if owner_name else module
    original = owner.__dict__[name]
    source = textwrap.dedent(inspect.getsource(original))
    if mutant.old not in source:
        raise LookupError(f"{mutant.name}: its text is not in {mutant.function} any more")
    made: dict[str, object] = {}
    exec(  # noqa: S102 - our own source, with one piece replaced
        compile(source.replace(mutant.old, mutant.new, 1), mutant.function, "exec"),
        module.__dict__ | {"__name__": mutant.module},
        made,
    )
    places = [(owner, name)]
    if not owner_name:
        places = [
            (one, name)
            for one in list(sys.modules.values())
            if getattr(one, name, None) is original
        ]
    for place, attribute in places:
        setattr(place, attribute, made[name])
    try:
        yield
    finally:
        for place, attribute in places:
            setattr(place, attribute, original)


def noticed_by(mutant: Mutant, histories: int = HISTORIES) -> tuple[int, str] | None:
    """Return the first history that notices a mutant and how, or None when it survives."""
    with once(), applied(mutant):
        for seed in range(histories):
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
