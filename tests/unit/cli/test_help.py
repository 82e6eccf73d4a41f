from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from deploy.cli.application import app

PERSONAL = {"given_names", "family_name", "date_of_birth", "uln", "ni_number", "reference"}


def leaves(command: Any, name: str = "nwd") -> Iterator[tuple[str, Any]]:
    """Yield every command with its whole name, groups aside."""
    for one, under in getattr(command, "commands", {}).items():
        whole = f"{name} {one}"
        if hasattr(under, "commands"):
            yield from leaves(under, whole)
        else:
            yield whole, under


COMMANDS = dict(leaves(get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_gives_an_example(name: str) -> None:
    """A sentence, and below it a line to copy."""
    command = COMMANDS[name]

    assert command.help
    assert command.help.split("\n\n")[0].rstrip().endswith((".", ":"))
    assert f"  {name}" in (command.epilog or "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    """No option without a word about it."""
    options = [one for one in COMMANDS[name].params if hasattr(one, "help")]

    assert [one.name for one in options if not one.help] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_who_somebody_is_can_be_kept_off_the_command_line(name: str) -> None:
    """Command lines end up in shell histories and process lists."""
    options = {flag for one in COMMANDS[name].params for flag in one.opts}
    personal = {one.name for one in COMMANDS[name].params} & PERSONAL

    assert not personal or "--stdin" in options


def test_a_command_that_lists_or_measures_prints_json_when_asked() -> None:
    """Programs that run until they are stopped have nothing to pipe."""
    without = {
        name
        for name, command in COMMANDS.items()
        if "--json" not in {flag for one in command.params for flag in one.opts}
    }

    assert [name for name in without if not name.startswith("nwd run ")] == []


def test_the_help_needs_no_bus() -> None:
    """Somebody reads it before anything runs."""
    result = CliRunner().invoke(app, ["consent", "grant", "-h"])

    assert result.exit_code == 0
    assert "Usage: nwd consent grant" in result.stdout


def test_the_version_is_told_either_way() -> None:
    """As a command and as an option."""
    runner = CliRunner()

    told = runner.invoke(app, ["version"]).stdout

    assert told.startswith("No Wrong Door 0.")
    assert runner.invoke(app, ["--version"]).stdout == told
