import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import version
from deploy.cli.application import COMMANDS as TABLE
from deploy.cli.application import app, load
from schemas.compiled import Build

PERSONAL = {"given_names", "family_name", "date_of_birth", "uln", "ni_number", "reference"}


def leaves(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield every command with its whole name, groups aside."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for part, under in command.commands.items():
        yield from leaves(under, f"{name} {part}")


COMMANDS = {
    name: command for entry in TABLE for name, command in leaves(load(entry), f"nwd {entry.name}")
}


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
    """Programs that run until they are stopped have nothing to pipe; an example is JSON anyway."""
    without = {
        name
        for name, command in COMMANDS.items()
        if "--json" not in {flag for one in command.params for flag in one.opts}
    } - {"nwd services example"}

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


@pytest.mark.parametrize("build", Build)
def test_the_version_says_which_build_runs(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two builds are not equally quick; and what was compiled may be of an earlier source."""
    monkeypatch.setattr(version, "BUILD", build)
    runner = CliRunner()

    told = runner.invoke(app, ["version"]).stdout.rstrip()
    as_json = json.loads(runner.invoke(app, ["version", "--json"]).stdout)

    assert told.endswith(", compiled") == (build is Build.COMPILED)
    assert ("make compiled" in told) == (build is Build.CHANGED)
    assert as_json["build"] == build


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["conset"], "No such command 'conset'. Did you mean 'consent'?"),
        (["erase", "NWD-SAMP-1E00-9"], "No such command 'erase'. Did you mean 'erasure'?"),
        (["consent", "grnt"], "No such command 'grnt'. Did you mean 'grant'?"),
        (["--verison"], "No such option: --verison (Possible options: --version)"),
        (["consent", "show", "--jsn"], "No such option: --jsn (Possible options: --json)"),
    ],
)
def test_a_wrong_word_suggests_the_right_one(arguments: list[str], suggestion: str) -> None:
    """A command, one of a group, an option of `nwd` and one of a command."""
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 2
    assert suggestion in result.stderr


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("nwd con", "consent"),
        ("nwd --vers", "--version"),
        ("nwd consent gr", "grant"),
        ("nwd consent grant --cat", "--category"),
        ("nwd stats --by bor", "borough"),
        ("nwd export --outp", "--output"),
    ],
)
def test_the_shell_completes_commands_that_are_not_loaded_yet(words: str, completed: str) -> None:
    """Names of commands and options, at the top and below it, and values of options."""
    asked = {"_NWD_COMPLETE": "complete_bash", "COMP_WORDS": words}

    result = CliRunner().invoke(
        app, [], prog_name="nwd", env=asked | {"COMP_CWORD": str(words.count(" "))}
    )

    assert result.stdout.split() == [completed]


def test_the_shell_can_be_given_its_completion() -> None:
    """A script that asks `nwd` itself."""
    result = CliRunner().invoke(app, ["--show-completion", "bash"], prog_name="nwd")

    assert "_NWD_COMPLETE=complete_bash" in result.stdout
