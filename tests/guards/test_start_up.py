"""`nwd --help`, `--version` and completion answer at once: they load nothing of the bus."""

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

RUNS = 5
AT_MOST = 2.0
HEAVY = {"alembic", "cryptography", "fastapi", "fastavro", "kafka", "psycopg"} | {
    "rich",
    "sqlalchemy",
    "uvicorn",
    "consent_ledger",
    "consumers",
    "producers",
}
NWD = "from deploy.cli import main; main()"
TWO_COMMANDS = """
from typer import Typer

app = Typer()


@app.command()
def first() -> None:
    pass


@app.command()
def second() -> None:
    pass


app()
"""
COMPLETING = {
    "_NWD_COMPLETE": "complete_bash",
    "COMP_WORDS": "nwd con",
    "COMP_CWORD": "1",
}
ANSWERS = [
    pytest.param(["--help"], {}, "consent", id="help"),
    pytest.param(["--version"], {}, "No Wrong Door", id="version"),
    pytest.param([], COMPLETING, "consent", id="completion"),
    pytest.param(["conset"], {}, "", id="wrong command"),
]


def run(program: str, arguments: Sequence[str], more: dict[str, str]) -> tuple[str, str]:
    """Run a program of Python as a process named nwd; return what it printed."""
    named = f"import sys; sys.argv[0] = 'nwd'\n{program}"
    done = subprocess.run(  # noqa: S603 - programs of this file
        [sys.executable, "-c", named, *arguments],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout, done.stderr


def processor_seconds(program: str, arguments: Sequence[str], more: dict[str, str]) -> float:
    """Return the processor time of the child that runs the program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(program, arguments, more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize(("arguments", "more", "answer"), ANSWERS)
def test_an_answer_loads_nothing_of_the_bus(
    arguments: Sequence[str], more: dict[str, str], answer: str, tmp_path: Path
) -> None:
    """No driver, no server, no package of ours but the command line's own and the contract.

    pydantic is typer's own, and loaded by it wherever there is more than an option to read.
    """
    loaded = tmp_path / "loaded"
    noting = (
        "import atexit, sys\nfrom pathlib import Path\n"
        f"atexit.register(lambda: Path({str(loaded)!r}).write_text(' '.join(sys.modules)))\n{NWD}"
    )

    printed, _ = run(noting, arguments, more)

    forbidden = HEAVY if more or arguments == ["conset"] else HEAVY | {"pydantic"}
    assert answer in printed
    assert {name.partition(".")[0] for name in loaded.read_text().split()} & forbidden == set()


def test_a_hub_is_opened_without_alembic() -> None:
    """It takes a fifth of a command's start, and a command that migrates nothing needs none."""
    printed, errors = run("import sys, deploy.hub; print('alembic' in sys.modules)", [], {})

    assert printed == "False\n", errors


@pytest.mark.parametrize(("arguments", "more", "answer"), ANSWERS)
def test_an_answer_takes_at_most_twice_the_help_of_an_empty_program(
    arguments: Sequence[str], more: dict[str, str], answer: str
) -> None:
    """By processor time, the best of some runs of each, turn about."""
    assert answer in run(NWD, arguments, more)[0]
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(processor_seconds(NWD, arguments, more))
        theirs.append(processor_seconds(TWO_COMMANDS, ["--help"], {}))

    assert min(ours) <= AT_MOST * min(theirs), (ours, theirs)
