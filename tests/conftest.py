"""What every test may ask for; servers, warnings and the marker `needs` are in plugins/."""

import secrets
from pathlib import Path

import pytest

pytest_plugins = [
    "pytester",
    "tests.plugins.kafka_client",  # before all that import kafka
    "tests.plugins.kafka_server",
    "tests.plugins.database_server",
    "tests.plugins.needs",
    "tests.plugins.hypothesis_profile",
]


@pytest.fixture
def unique() -> str:
    """Give a short random slug, so that tests can share servers: it starts with a letter."""
    return f"t{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Find the real files that lie beside the project; skip where they are not."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real files are not there: ../shared/data beside the project")
    return folder
