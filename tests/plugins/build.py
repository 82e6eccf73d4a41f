"""Which build the tests run: Python, in which a test can replace a function of a module.

Programs that they start take the compiled modules, as they do anywhere. `NWD_BUILD=compiled` has
the tests take them, too.
"""

import os

import pytest

with pytest.MonkeyPatch.context() as patch:
    patch.setenv("NWD_BUILD", os.environ.get("NWD_BUILD", "pure"))
    from schemas.compiled import BUILD, FOLDER, Build, found


def pytest_report_header() -> str:
    """Name it above the results."""
    return f"build: {BUILD}"


@pytest.fixture(scope="session")
def compiled() -> dict[str, str]:
    """Give the environment of a program that must run compiled; skip where nothing is compiled.

    With CI=true in the environment the test fails instead.
    """
    if found(FOLDER) is not Build.COMPILED:
        reason = "no modules are compiled of today's sources: make compiled"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return {**os.environ, "NWD_BUILD": "compiled"}
