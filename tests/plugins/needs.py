"""The marker `needs`: a test that wants a program, or a file, which not every machine has.

    @pytest.mark.needs("kcat", install="apt-get install kcat")

Where the program is missing, the test is skipped and the run ends with the line that installs it.
With CI=true in the environment the test fails instead.
"""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.support.report_properties import said

MISSING = "missing program"
"""Property of a report that says what its test lacked: the summary is made of reports."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "needs(program, install): skip, or fail in CI, where the program is missing"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look for the programs that the test needs."""
    for marker in item.iter_markers("needs"):
        program: str = marker.args[0]
        install: str = marker.kwargs["install"]
        if shutil.which(program) or Path(program).exists():
            continue
        item.user_properties.append((MISSING, (program, install)))
        reason = f"{program} is not there; it comes by: {install}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what did not run, and what to do about it."""
    missing = Counter(map(tuple, said(terminalreporter, MISSING)))
    if not missing:
        return
    terminalreporter.section("not run, for want of a program")
    for (program, install), tests in sorted(missing.items()):
        terminalreporter.line(f"{program}: {tests} test(s). To run them: {install}")
