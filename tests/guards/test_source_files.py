import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.guards.source_files import PACKAGES, name_of, python_files, tracked_files

LONGEST = 400
NOQA = re.compile(r"# noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S.*")
TYPE_IGNORE = re.compile(r"# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # \S.*")

# written so that this file does not hold what it looks for
OF_THIS_MACHINE = re.compile(r"/(?:[w]ork|[f]arm)/|[.][l]ibrary\b|\b[f]arm-[a-z]+")
REGISTRY = re.compile(
    r'://[^/ "]+/(?:[s]imple|[m]aven2|[d]ebian)(?:[/"]|$)'
    r"|://[f]iles[.][a-z]+hosted|://[r]egistry[.][a-z]+js",
    re.MULTILINE,
)


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each comment with its line."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_every_noqa_has_its_code_and_a_reason() -> None:
    """A rule is set aside for one line and for a reason that stands there."""
    wrong = [
        f"{name_of(path)}:{line}"
        for path in python_files(*PACKAGES, "tests")
        if "noqa" in path.read_text("utf-8")
        for line, comment in comments(path)
        if re.match(r"#\s*noqa", comment) and not NOQA.match(comment)
    ]

    assert wrong == []


def test_every_type_that_is_ignored_has_its_code_and_a_reason() -> None:
    """As with the linter, so with the type checker."""
    wrong = [
        f"{name_of(path)}:{line}"
        for path in python_files(*PACKAGES, "tests")
        if "type: ignore" in path.read_text("utf-8")
        for line, comment in comments(path)
        if re.match(r"#\s*type: ignore", comment) and not TYPE_IGNORE.match(comment)
    ]

    assert wrong == []


def test_no_file_is_longer_than_one_thought() -> None:
    """400 lines is where a file has become two, but for a migration: it is written once."""
    lengths = {
        name_of(path): len(path.read_text("utf-8").splitlines())
        for path in python_files(*PACKAGES, "tests")
        if path.parent.name != "versions"
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_test_says_in_a_sentence_what_it_holds() -> None:
    """A docstring that ends as a sentence does."""
    silent = [
        f"{name_of(path)}: {node.name}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test_")
        if not (ast.get_docstring(node) or "").endswith((".", "?"))
    ]

    assert silent == []


def test_no_file_names_this_machine_or_a_package_registry() -> None:
    """Paths of the machine it was written on, and hosts from which packages come."""
    found = []
    for path in tracked_files():
        text = path.read_text("utf-8", "replace")
        found += [
            f"{name_of(path)}: {hit[0]}"
            for pattern in (OF_THIS_MACHINE, REGISTRY)
            for hit in pattern.finditer(text)
        ]

    assert found == []


def test_what_is_looked_for_would_be_found() -> None:
    """The patterns know what they are for."""
    assert OF_THIS_MACHINE.search("cd /" + "work/main")
    assert OF_THIS_MACHINE.search("fa" + "rm-one")
    assert REGISTRY.search("https://example.org/" + "simple/")
    assert REGISTRY.search("https://" + "files.python" + "hosted.example")
    assert not REGISTRY.search("https://example.org/simpler")
    assert NOQA.match("# noqa: S101, PLR2004 - a reason")
    assert not NOQA.match("# noqa: S101")
    assert not NOQA.match("# noqa")
