import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.guards.source_files import PACKAGES, name_of, python_files

BASES = {"Exception", "RuntimeError", "TypeError", "LookupError", "OSError", "ArithmeticError"}
FAULTS = {"Exception", "AssertionError", "RuntimeError", "TypeError"}
"""A `ValueError` is what pydantic takes of a check of ours; it stays within the model."""
TO_THE_JSON_LIBRARY = "deploy/cli/output.py"  # which asks for a TypeError


def nodes(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """Yield each node of a kind with its file."""
    for path in python_files(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, kind):
                yield name_of(path), node


def test_every_error_of_ours_is_a_bus_error() -> None:
    """So whoever catches that has them all, and each has a message and a hint."""
    direct = {
        (file, node.name)
        for file, node in nodes(ast.ClassDef)
        if {ast.unparse(base) for base in node.bases} & BASES
    }

    assert direct == {("schemas/errors.py", "BusError")}


def test_nothing_raises_what_a_caller_would_take_for_a_fault() -> None:
    """A wrong setting, or a wrong driver, is told in words."""
    raised = {
        (file, name)
        for file, node in nodes(ast.Raise)
        if node.exc is not None
        if (name := ast.unparse(node.exc).partition("(")[0]) in FAULTS
    }

    assert raised == {(TO_THE_JSON_LIBRARY, "TypeError")}


def test_no_message_names_a_class_of_python() -> None:
    """Somebody who reads `KafkaTimeoutError` has to look it up."""
    named = {
        f"{file}:{node.lineno}"
        for file, node in nodes(ast.Raise)
        if "__name__" in ast.unparse(node)
        if file != TO_THE_JSON_LIBRARY
    }

    assert named == set()


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ("Value error", "schemas/validation.py"),
        ("NWD_KAFKA_BOOTSTRAP:", "schemas/errors.py"),
        ("NWD_DATABASE_URL:", "schemas/errors.py"),
        ("is not an address of a PostgreSQL", "schemas/errors.py"),
    ],
)
def test_a_sentence_is_written_in_one_place(words: str, file: str) -> None:
    """Of pydantic's word for a check of ours, and of what is told when a server is away."""
    found = {name_of(Path(path)) for path in python_files(*PACKAGES) if words in path.read_text()}

    assert found == {file}
