"""What the tests of the ILR importer share."""

from pathlib import Path

import pytest

from tests.ilr_college import College
from tests.ilr_hub import CollegeHub
from tests.ilr_returns import SAMPLE_2025


@pytest.fixture
def hub() -> CollegeHub:
    """Give a hub that knows nobody yet."""
    return CollegeHub()


@pytest.fixture
def adult(shared_data: Path) -> College:
    """Give the sample's adult learner, with one aim."""
    return College(shared_data, SAMPLE_2025, "AdultLearner")
