"""HTML is in the templates alone, which one environment fills in and escapes."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

from tests.guards.source_files import PACKAGES, ROOT, name_of, python_files, tracked_files

ELEMENTS: Final = (
    "a|abbr|address|article|aside|b|base|blockquote|body|br|button|canvas|caption|cite|code|col"
    "|colgroup|data|dd|del|details|dialog|div|dl|dt|em|embed|fieldset|figcaption|figure|footer|form"
    "|h1|h2|h3|h4|h5|h6|head|header|hr|html|i|iframe|img|input|ins|label|legend|li|link|main|map"
    "|mark|math|meta|meter|nav|noscript|object|ol|optgroup|option|output|p|picture|pre|progress|q"
    "|s|samp|script|search|section|select|slot|small|source|span|strong|style|sub|summary|sup|svg"
    "|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|u|ul|var|video|wbr"
)
HTML: Final = re.compile(rf"<(?:!doctype|/?(?:{ELEMENTS}))(?:[\s/>]|$)", re.IGNORECASE)
TEMPLATES: Final = [path for path in tracked_files() if path.suffix == ".html"]
MARKUP: Final = re.compile(r"^\s*(?:import|from) (?:jinja2|markupsafe|html)\b", re.MULTILINE)
ENVIRONMENT: Final = "deploy/pages/environment.py"


def texts_in(source: str) -> Iterator[str]:
    """Yield each string of a module; what an f-string fills in counts as an element's name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "p" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def test_no_string_of_the_product_holds_html() -> None:
    """What is put together by hand is escaped by hand, until once it is not."""
    found = [
        (name_of(path), text[:60])
        for path in python_files(*PACKAGES)
        for text in texts_in(path.read_text())
        if HTML.search(text)
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    ["'<p>'", "f'<td>{x}</td>'", "f'<{tag}>'", "'a' '</table>'", "b'<br/>'", "'<!doctype html>'"],
)
def test_the_guard_sees_html(source: str) -> None:
    """Whole, in an f-string, in parts, in bytes."""
    assert any(map(HTML.search, texts_in(source)))


@pytest.mark.parametrize("source", ["'<name>+<key id>'", "'1 < 2'", "'<provider>.<service>'"])
def test_the_guard_leaves_other_brackets_alone(source: str) -> None:
    """A form of a text that is described is no HTML."""
    assert not any(map(HTML.search, texts_in(source)))


def test_one_module_makes_the_environment() -> None:
    """And nobody else says what is safe as it is."""
    users = {name_of(path) for path in python_files(*PACKAGES) if MARKUP.search(path.read_text())}

    assert users == {ENVIRONMENT}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_extends_the_base_and_escapes_all(path: Path) -> None:
    """No filter and no block takes the escaping off."""
    text = path.read_text()

    assert path.name == "base.html" or text.startswith('{% extends "base.html" %}\n')
    assert not re.search(r"\|\s*safe\b|autoescape|\bxmlattr\b", text)


def test_a_wheel_holds_every_template(tmp_path: Path) -> None:
    """And the words that are filled in, the style, and the file of services to start from."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)  # noqa: S603 - the project builds itself
    (wheel,) = tmp_path.glob("*.whl")

    packed = set(ZipFile(wheel).namelist())

    assert {name_of(path) for path in TEMPLATES} <= packed
    assert {
        "deploy/pages/event_words.yaml",
        "deploy/pages/style.css",
        "deploy/directory/example.json",
    } <= packed
    assert len(TEMPLATES) >= 3
