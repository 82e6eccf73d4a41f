"""What was measured while something was down: said at the end of the run, never asserted."""

from collections.abc import Callable

import pytest

from tests.support.report_properties import said

_MEASURED = "measured"


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a way to say what was measured."""

    def measure(text: str) -> None:
        request.node.user_properties.append((_MEASURED, text))

    return measure


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print it."""
    lines = said(terminalreporter, _MEASURED)
    if lines:
        terminalreporter.section("recovery")
        for line in lines:
            terminalreporter.write_line(line)
