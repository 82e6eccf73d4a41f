import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from schemas.compiled import ROOT, SOURCES, Build, CompiledFinder, found, listed, take


def test_without_a_list_nothing_is_compiled(tmp_path: Path) -> None:
    """Modules may be there: the list is written when all of them are."""
    (tmp_path / "walk.so").touch()

    assert found(tmp_path) is Build.PURE


def test_a_list_of_today_s_sources_is_believed_and_any_other_is_not(tmp_path: Path) -> None:
    """By their bytes: a file that was only touched is the same."""
    text = listed(["schemas/walk.py", "schemas/codec.py"], ROOT)

    (tmp_path / SOURCES).write_text(text, "utf-8")
    assert found(tmp_path) is Build.COMPILED

    (tmp_path / SOURCES).write_text(text.replace("schemas/codec.py", "schemas/trays.py"), "utf-8")
    assert found(tmp_path) is Build.CHANGED

    (tmp_path / SOURCES).write_text(text.replace("schemas/codec.py", "schemas/none.py"), "utf-8")
    assert found(tmp_path) is Build.CHANGED


def test_a_module_is_found_by_its_name_and_nothing_else_is(tmp_path: Path) -> None:
    """A package of the same folder is left to its source."""
    compiled = tmp_path / "schemas" / f"walk{EXTENSION_SUFFIXES[0]}"
    compiled.parent.mkdir()
    compiled.touch()
    finder = CompiledFinder(tmp_path)

    spec = finder.find_spec("schemas.walk", None)
    assert spec is not None
    assert spec.origin == str(compiled)
    assert finder.find_spec("schemas", None) is None
    assert finder.find_spec("schemas.codec", None) is None


@pytest.mark.parametrize(
    ("asked", "told"), [("compiled", "make compiled"), ("quick", "compiled or pure")]
)
def test_a_build_that_is_not_there_is_refused(asked: str, told: str, tmp_path: Path) -> None:
    """Who measures one must not measure the other."""
    with pytest.raises(ImportError, match=told):
        take(tmp_path, asked)


def test_python_is_taken_where_nothing_is_compiled(tmp_path: Path) -> None:
    """No finder is added."""
    finders = list(sys.meta_path)

    assert take(tmp_path, "") is Build.PURE
    assert take(tmp_path, "pure") is Build.PURE
    assert sys.meta_path == finders
