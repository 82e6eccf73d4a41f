"""What Java works out when a broker starts, kept once: all brokers of a run start from it.

Two thirds of the processor time of a start go into loading and linking the broker's classes, the
same each time. Java keeps them ahead of time in a file; the broker that runs is the same. `make
test` makes the file; without it the tests do the same, more slowly. A file that does not fit, of
another Java or other jars, is left aside by Java.
"""

import os
import sys
from pathlib import Path
from typing import Final

import pytest

CACHE: Final = Path(sys.prefix) / "broker.aot"
OPTIONS: Final = "JDK_JAVA_OPTIONS"
"""Read by every `java`, also by those of a `nwd up` or a `nwd demo` that a test starts."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let every broker of this run start from the file."""
    if CACHE.exists():
        patch = pytest.MonkeyPatch()
        # what cannot be taken from the file is told of as a warning, and worked out as without it
        options = (os.environ.get(OPTIONS, ""), f"-XX:AOTCache={CACHE}", "-Xlog:disable")
        patch.setenv(OPTIONS, " ".join(options).strip())
        config.add_cleanup(patch.undo)


def pytest_report_header() -> str:
    """Say whether it is there."""
    return f"start of a broker: {'kept' if CACHE.exists() else 'from its jars, which takes longer'}"
