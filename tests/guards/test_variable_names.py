import ast
from collections.abc import Iterator
from typing import Final

from tests.guards.source_files import PACKAGES, name_of, python_files

NO_NAME: Final = "one"
"""It names nothing: a reader has to find out what it is."""

STILL_TO_NAME: Final = frozenset(
    {
        "consent_ledger/agreements/in_force.py",
        "consent_ledger/agreements/services.py",
        "consent_ledger/agreements/yaml_file.py",
        "consent_ledger/filter/progress.py",
        "consent_ledger/filter/ticks.py",
        "consent_ledger/rights/access_log.py",
        "consent_ledger/rights/acknowledgement.py",
        "consent_ledger/rights/compaction.py",
        "consent_ledger/rights/export.py",
        "consent_ledger/rights/read_back.py",
        "consent_ledger/rights/receipt_document.py",
        "consent_ledger/rights/receipts.py",
        "consent_ledger/transparency/key_change.py",
        "consent_ledger/verification/disclosures.py",
        "deploy/cli/consent.py",
        "deploy/cli/disclosures.py",
        "deploy/cli/export.py",
        "deploy/cli/ledger.py",
        "deploy/cli/output.py",
        "deploy/cli/participant.py",
        "deploy/cli/passport.py",
        "deploy/cli/text/certificate.py",
        "deploy/cli/text/disclosure.py",
        "deploy/cli/text/import_result.py",
        "deploy/cli/text/publishing.py",
        "deploy/cli/tray.py",
        "deploy/demo/story/check.py",
        "deploy/demo/story/doors.py",
        "deploy/demo/story/one_participant.py",
        "deploy/demo/story/outcome_card.py",
        "deploy/demo/story/start.py",
        "deploy/demo/story/withdrawal.py",
        "deploy/home/suppression_list.py",
        "deploy/one_machine/up/servers.py",
        "deploy/one_machine/up/supervisor.py",
        "deploy/operations/dead_letters.py",
        "deploy/operations/dry_run.py",
        "deploy/operations/probe.py",
        "deploy/pages/plain_english.py",
        "deploy/pages/receipt.py",
        "deploy/settings.py",
        "deploy/web/guard/problems.py",
    }
)
"""Files that may still hold such a variable. The list only gets shorter."""

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def unnamed(source: str) -> Iterator[int]:
    """Yield the line of each variable that is called `one` outside a one-line comprehension."""
    tree = ast.parse(source)
    allowed = {
        id(target)
        for node in ast.walk(tree)
        if isinstance(node, Comprehension) and node.lineno == node.end_lineno
        for generator in node.generators
        for target in ast.walk(generator.target)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) if id(node) not in allowed:
                pass
            case ast.arg(arg=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
                pass
            case ast.ExceptHandler(name=name) | ast.alias(asname=name):
                pass
            case _:
                continue
        if name == NO_NAME:
            yield node.lineno


def files_with_unnamed() -> dict[str, list[int]]:
    """Return the lines of such variables by file."""
    return {
        name_of(path): lines
        for path in python_files(*PACKAGES)
        if (lines := list(unnamed(path.read_text("utf-8"))))
    }


def test_no_variable_is_called_one() -> None:
    """It is allowed as the target of a comprehension on one line, and in the files listed."""
    found = files_with_unnamed()

    assert {name: lines for name, lines in found.items() if name not in STILL_TO_NAME} == {}


def test_no_listed_file_is_clean() -> None:
    """A file whose variables have all been named leaves the list, which so only gets shorter."""
    assert STILL_TO_NAME - files_with_unnamed().keys() == set()


def test_every_way_to_make_a_variable_is_seen() -> None:
    """Assignments, loops, arguments, patterns, imports and long comprehensions are caught."""
    for source in (
        "one = 1",
        "one: int = 1",
        "one, other = 1, 2",
        "for one in range(3): pass",
        "with open('x') as one: pass",
        "if one := 1: pass",
        "key = lambda one: one",
        "def same(one, other): pass",
        "import sys as one",
        "try: pass\nexcept OSError as one: pass",
        "match 1:\n    case one: pass",
        "names = [\n    one\n    for one in range(3)\n]",
    ):
        assert list(unnamed(source)), source
    assert not list(unnamed("names = [one for one in range(3)]\ncalled = names.one"))
    assert not list(unnamed("pairs = {one: two for one, two in enumerate('ab')}"))
