"""The pepper stays at the hub: what runs for a provider has a key derived from it."""

import ast

import pytest

from tests.guards.source_files import ROOT, python_files

NAMES = {
    ast.arg: "arg",
    ast.Attribute: "attr",
    ast.keyword: "arg",
    ast.Name: "id",
    ast.alias: "name",
}
"""The kinds of node that name a value, and where each has the name."""


def named(source: str) -> set[str]:
    """Return every name that code gives to a value, or asks for."""
    nodes = list(ast.walk(ast.parse(source)))
    return {
        str(getattr(node, attribute))
        for node in nodes
        for kind, attribute in NAMES.items()
        if isinstance(node, kind)
    }


def test_no_door_takes_the_pepper() -> None:
    """Whoever has it can try out every learner reference of every provider."""
    holders = {
        path.relative_to(ROOT).as_posix()
        for path in python_files("producers")
        if any("pepper" in name for name in named(path.read_text(encoding="utf-8")))
    }

    assert holders == set()


@pytest.mark.parametrize(
    "source",
    ["def door(pepper: bytes): ...", "hub.secrets.pepper", "Door(pepper=b'')", "bus_pepper = 1"],
)
def test_the_pepper_is_noticed_by_whatever_way_it_comes(source: str) -> None:
    """As an argument, an attribute, a keyword or a variable."""
    assert any("pepper" in name for name in named(source))
