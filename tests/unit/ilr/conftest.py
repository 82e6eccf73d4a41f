"""What the tests of the ILR importer share."""

import pytest

from tests.support.ilr.college import College
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import MADE_2025


@pytest.fixture
def hub() -> CollegeHub:
    """Give a hub that knows nobody yet."""
    return CollegeHub()


@pytest.fixture
def adult() -> College:
    """Give the adult learner, with one aim."""
    return College(MADE_2025, "ADULT01")
