"""What tests say of themselves in their reports, in whichever process they ran."""

from typing import Any

import pytest


def said(terminalreporter: pytest.TerminalReporter, name: str) -> list[Any]:
    """Return what was said under a name by the tests that ran, in the order of their outcomes."""
    return [
        value
        for outcome in ("passed", "skipped", "failed", "error")
        for report in terminalreporter.getreports(outcome)
        for said_name, value in getattr(report, "user_properties", ())  # a file's own has none
        if said_name == name
    ]
