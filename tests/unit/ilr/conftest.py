"""What the tests of the ILR importer share."""

import pytest

from tests.ilr_hub import CollegeHub


@pytest.fixture
def hub() -> CollegeHub:
    """Give a hub that knows nobody yet."""
    return CollegeHub()
