"""The files that others published lie in ../shared/data beside the project, or they do not.

A test of one of them asks for the fixture `shared_data`. Where the folder is absent such a test is
left out at collection, and the run says how many were: what they show of the bus is also shown by
files and facts of our own.
"""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "data"
LEFT_OUT = pytest.StashKey[int]()


def pytest_report_header() -> str:
    """Say whether they are there, for a run in several processes, too."""
    return f"published files: {'there' if FOLDER.is_dir() else 'none, their tests are left out'}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the published files."""
    return FOLDER


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of published files where there are none."""
    config.stash[LEFT_OUT] = 0
    if FOLDER.is_dir():
        return
    left_out = [item for item in items if "shared_data" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    config.stash[LEFT_OUT] = len(left_out)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say how many tests were left out."""
    if count := config.stash.get(LEFT_OUT, 0):
        return [f"left out: {count} test(s) of published files, which are not in ../shared/data"]
    return []
