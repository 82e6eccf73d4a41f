import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.compiled import FOLDER, ROOT, SOURCES

WHAT_RUNS = "import schemas.walk; print(schemas.compiled.BUILD, schemas.walk.__file__)"
ROOM = """
from importlib import import_module
from deploy.compiling import MODULES

for name in MODULES:
    for made in vars(import_module(name)).values():
        if isinstance(made, type) and made.__module__ == name:
            assert made.__basicsize__ >= made.__base__.__basicsize__, made
"""
TESTS = (
    "tests/unit/schemas",
    "tests/unit/consent_ledger",
    "tests/unit/tables",
    "tests/unit/schemas/test_fetched_batches.py",
    "tests/properties/test_codec_properties.py",
    "tests/properties/test_projection_properties.py",
    "tests/properties/test_table_properties.py",
)


@pytest.fixture
def project(compiled: dict[str, str], tmp_path: Path) -> Path:
    """Give a copy of every source of which the modules were compiled."""
    assert compiled
    for line in (FOLDER / SOURCES).read_text("utf-8").splitlines():
        name = line.partition(" ")[2]
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def python(arguments: Sequence[str], environment: dict[str, str], folder: Path = ROOT) -> str:
    """Run Python in a folder and return what it printed."""
    done = subprocess.run(  # noqa: S603 - programs of this file, and tests
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-1_000:]
    return done.stdout


@pytest.mark.parametrize("changed", ["schemas/walk.py", "consent_ledger/agreements/agreement.py"])
def test_a_changed_source_runs_and_not_what_was_compiled_of_it(
    changed: str, project: Path, compiled: dict[str, str]
) -> None:
    """Also one of which the compiler only read constants, and by one byte."""
    as_found = {name: value for name, value in compiled.items() if name != "NWD_BUILD"}
    before = python(["-c", WHAT_RUNS], as_found, project)

    with (project / changed).open("a", encoding="utf-8") as source:
        source.write("\n")
    after = python(["-c", WHAT_RUNS], as_found, project)

    assert before.startswith(f"compiled {FOLDER}")
    assert after == f"changed {project / 'schemas' / 'walk.py'}\n"


def test_a_source_that_is_gone_is_a_change(project: Path, compiled: dict[str, str]) -> None:
    """Its module was renamed, or is another one now."""
    as_found = {name: value for name, value in compiled.items() if name != "NWD_BUILD"}
    (project / "consent_ledger" / "agreements" / "agreement.py").unlink()

    assert python(["-c", WHAT_RUNS], as_found, project).startswith("changed ")


def test_who_asks_for_python_gets_it(compiled: dict[str, str]) -> None:
    """To debug, or to replace a function."""
    said = python(["-c", WHAT_RUNS], compiled | {"NWD_BUILD": "pure"})

    assert said == f"pure {ROOT / 'schemas' / 'walk.py'}\n"


def test_every_compiled_class_has_room_for_what_its_base_holds(compiled: dict[str, str]) -> None:
    """One whose base the compiler does not know has not, and writes over what lies behind it."""
    python(["-c", ROOM], compiled)


def test_the_compiled_modules_pass_the_tests_of_their_source(compiled: dict[str, str]) -> None:
    """Unit tests and properties of the contract, the filter and tables, in the quick profile."""
    said = python(
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--profile=quick", *TESTS], compiled
    )

    assert " passed in " in said
    assert "skipped" not in said


def test_simulated_histories_hold_when_compiled(compiled: dict[str, str]) -> None:
    """`make prove` plays the rest: it runs whatever is there, as every program does."""
    said = python(["-m", "tests.simulation.prove", "--histories", "100"], compiled)

    assert '"failed": 0' in said
