import importlib
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards.source_files import PACKAGES, ROOT, name_of, python_files


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_the_one_of_this_project(package: str) -> None:
    """The names are short: an installed package of the same name would win in silence."""
    module = importlib.import_module(package)

    assert module.__file__ is not None
    assert Path(module.__file__) == ROOT / package / "__init__.py"


def test_no_other_distribution_claims_a_package_s_name() -> None:
    """In one folder of installed packages the two would be mixed."""
    claims = importlib.metadata.packages_distributions()

    for package in PACKAGES:
        assert set(claims.get(package, [])) <= {"no-wrong-door"}


def test_no_module_is_named_after_one_of_the_standard_library() -> None:
    """A program started within its folder would import it in the other's stead."""
    named = {
        name_of(path)
        for path in python_files(*PACKAGES)
        for part in [*path.relative_to(ROOT).parts[1:-1], path.stem]
        if part in sys.stdlib_module_names and part != "__init__"
    }

    assert named == set()


def test_imports_point_one_way() -> None:
    """The contracts of import-linter hold."""
    run = subprocess.run(  # noqa: S603 - the project's own tool
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert run.returncode == 0, run.stdout
    assert "6 kept, 0 broken" in run.stdout
