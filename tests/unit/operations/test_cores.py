import os
from pathlib import Path

import pytest

from deploy.operations.cores import cores


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system leave four cores to this process, of many more."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 4, 6}, raising=False)


@pytest.mark.parametrize(
    ("limit", "found"),
    [("max 100000", 4), ("250000 100000", 2), ("50000 100000", 1), ("800000 100000", 4)],
)
def test_a_container_has_the_whole_cores_of_its_limit_and_at_least_one(
    tmp_path: Path, limit: str, found: int
) -> None:
    """Never more than the system leaves to the process."""
    file = tmp_path / "cpu.max"
    file.write_text(f"{limit}\n")

    assert cores(file) == found


def test_without_a_limit_there_are_as_many_as_the_system_leaves(tmp_path: Path) -> None:
    """Where there is no such file, as outside Linux."""
    assert cores(tmp_path / "cpu.max") == 4
