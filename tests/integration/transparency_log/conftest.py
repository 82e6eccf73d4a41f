from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from consent_ledger.transparency.note_keys import SigningKey
from tests.integration.transparency_log.filled_log import BATCHES, fill


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Connect as the owner to a database with an empty log."""
    engine = create_engine(database_url, hide_parameters=True)
    yield engine
    engine.dispose()


@pytest.fixture
def key() -> SigningKey:
    """Make the log's key."""
    return SigningKey.generate("hub.example/ledger")


@pytest.fixture
def log(engine: Engine, key: SigningKey) -> Engine:
    """Fill the log with ten entries in five appends."""
    fill(engine, key, BATCHES)
    return engine
