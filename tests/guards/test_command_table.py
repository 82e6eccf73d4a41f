from pathlib import Path

import pytest
from typer.core import TyperGroup

import deploy.cli
from deploy.cli.application import COMMANDS, CommandEntry, load

WIDTH = 62
"""Of a line of help at 80 columns, beside the longest name."""


@pytest.mark.parametrize("entry", COMMANDS, ids=[entry.name for entry in COMMANDS])
def test_a_module_of_the_table_has_the_command(entry: CommandEntry) -> None:
    """Under the name of the table; a group says of itself what the table says."""
    found = load(entry)

    assert found.name == entry.name
    if isinstance(found, TyperGroup):
        assert (found.help or "").splitlines()[0] == entry.help


def test_every_module_with_a_command_is_in_the_table() -> None:
    """Else nobody could run it."""
    folder = Path(deploy.cli.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if "\napp = Typer(" in path.read_text()}

    assert modules - {"application"} == {entry.module for entry in COMMANDS}


def test_every_line_of_the_table_is_a_sentence_that_fits() -> None:
    """A terminal of 80 columns shows the whole of it."""
    for entry in COMMANDS:
        assert entry.help.endswith("."), entry
        assert len(entry.help) <= WIDTH, entry


def test_no_name_is_in_the_table_twice() -> None:
    """The later one would win in silence."""
    assert len({entry.name for entry in COMMANDS}) == len(COMMANDS)
