import pytest

from tests.support.tables.charity import Charity


@pytest.fixture
def charity() -> Charity:
    """Give a charity that has imported nothing yet."""
    return Charity()
