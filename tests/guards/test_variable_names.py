import ast
from collections.abc import Iterator
from typing import Final

from tests.guards.source_files import PACKAGES, name_of, python_files

NO_NAME: Final = "one"
"""It names nothing: a reader has to find out what it is."""

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


def test_no_variable_is_called_one() -> None:
    """It is allowed as the target of a comprehension on one line."""
    found = {
        name_of(path): lines
        for path in python_files(*PACKAGES)
        if (lines := list(unnamed(path.read_text("utf-8"))))
    }

    assert found == {}


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
