import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.plugins.server_folder import PREFIX, RUN, run_folder, sweep

WRITE = """
import sys
from pathlib import Path
import psutil
from deploy.one_machine.embedded.pid_file import PidFile
PidFile(Path(sys.argv[1])).write(psutil.Process(), [])
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a place of the test's own for temporary folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def written_by_another(path: Path) -> None:
    """Write a file that names a process which has ended."""
    path.parent.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-c", WRITE, str(path)], check=True)  # noqa: S603 - our own code


def test_the_folder_of_a_run_that_goes_on_is_left_alone() -> None:
    """Also while nobody owns its server: its test has killed who did, and starts another."""
    with run_folder() as folder:
        written_by_another(folder / "kafka" / "kafka.pid")

        sweep()

        assert (folder / "kafka" / "kafka.pid").exists()
    assert not folder.exists()


def test_the_folder_of_a_run_that_was_killed_is_taken_away(temporary: Path) -> None:
    """The next run does it."""
    folder = temporary / f"{PREFIX}left"
    folder.mkdir()
    written_by_another(folder / RUN)
    written_by_another(folder / "kafka" / "kafka.pid")

    sweep()

    assert not folder.exists()


def test_a_folder_whose_run_has_just_begun_is_left_alone(temporary: Path) -> None:
    """It has not said yet whose it is."""
    folder = temporary / f"{PREFIX}new"
    folder.mkdir()

    sweep()

    assert folder.exists()
