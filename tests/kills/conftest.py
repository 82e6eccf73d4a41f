"""What was measured while something was down: said at the end of the run, never asserted."""

from collections.abc import Callable

import pytest

_MEASURED = pytest.StashKey[list[str]]()


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a way to say what was measured."""
    return request.config.stash.setdefault(_MEASURED, []).append


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print it."""
    lines = config.stash.get(_MEASURED, [])
    if lines:
        terminalreporter.section("recovery")
        for line in lines:
            terminalreporter.write_line(line)
