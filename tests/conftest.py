"""What every test may ask for; servers, warnings and the marker `needs` are in plugins/."""

import secrets

import pytest

pytest_plugins = [
    "pytester",
    "tests.plugins.build",  # before all that import schemas
    "tests.plugins.kafka_client",  # before all that import kafka
    "tests.plugins.broker_cache",
    "tests.plugins.kafka_server",
    "tests.plugins.database_server",
    "tests.plugins.needs",
    "tests.plugins.published_files",
    "tests.plugins.profile",
]


@pytest.fixture
def unique() -> str:
    """Give a short random slug, so that tests can share servers: it starts with a letter."""
    return f"t{secrets.token_hex(4)}"
