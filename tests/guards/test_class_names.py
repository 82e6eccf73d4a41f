"""No class name stands for two things: who reads it in one room knows it in every other."""

import ast
from collections import defaultdict

from tests.guards.source_files import PACKAGES, name_of, nodes_of, python_files


def test_no_class_name_stands_for_two_things() -> None:
    """In the packages that are shipped, private names too."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in python_files(*PACKAGES):
        for node in nodes_of(path.read_text(encoding="utf-8")):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name_of(path))

    assert len(places) > 100
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
