"""How much a run of the tests tries: `--profile=quick` for daily work, `full`, or `prove`.

`full` is what CI runs, and the default. `make prove` runs each campaign as a program of its own, in
the sizes of `prove`. No example of a property is kept between runs: a failure prints what
reproduces it.
"""

from typing import Final, NamedTuple

import pytest
from hypothesis import HealthCheck, settings


class Profile(NamedTuple):
    """Examples of each property; simulated histories; tampers, and as many honest ledgers; kills.

    `left_out` are folders whose tests take minutes.
    """

    examples: int
    histories: int
    tampers: int
    kills: int
    left_out: tuple[str, ...] = ()


PROFILES: Final = {
    "quick": Profile(
        examples=20,
        histories=1_000,
        tampers=800,
        kills=0,
        left_out=(
            "tests/kills",
            "tests/real",
            "tests/e2e",
            "tests/integration/cli",
            "tests/integration/one_machine",
            "tests/integration/read_paths",
        ),
    ),
    "full": Profile(40, 2_000, 1_000, 2),
    "prove": Profile(1_000, 1_000_000, 100_000, 500),
}
_NAME: Final = "--profile"
_LEFT_OUT: Final = pytest.StashKey[int]()


def profile_of(config: pytest.Config) -> Profile:
    """Return the profile of this run."""
    return PROFILES[config.getoption(_NAME)]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(_NAME, choices=tuple(PROFILES), default="full", help="how much to try")


def pytest_configure(config: pytest.Config) -> None:
    """Let every property try as many examples as the profile says."""
    settings.register_profile(
        "bus",
        max_examples=profile_of(config).examples,
        deadline=None,  # other work on the machine is no failure
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],  # whole events are large, and made on purpose
    )
    settings.load_profile("bus")


def pytest_report_header(config: pytest.Config) -> str:
    """Say which profile it is, and what it leaves out."""
    left_out = ", ".join(profile_of(config).left_out) or "nothing"
    return f"profile: {config.getoption(_NAME)}, which leaves out {left_out}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the folders that the profile leaves out."""
    folders = [config.rootpath / folder for folder in profile_of(config).left_out]
    left_out = [item for item in items if any(folder in item.path.parents for folder in folders)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    config.stash[_LEFT_OUT] = len(left_out)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say how many tests the profile leaves out."""
    if count := config.stash.get(_LEFT_OUT, 0):
        folders = ", ".join(profile_of(config).left_out)
        return [f"left out by {_NAME}={config.getoption(_NAME)}: {count} test(s) of {folders}"]
    return []


@pytest.fixture(scope="session")
def profile(pytestconfig: pytest.Config) -> Profile:
    """Give the profile of this run."""
    return profile_of(pytestconfig)
