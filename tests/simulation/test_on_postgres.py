"""The histories on the tables of the product: the same steps, watched in the same way."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine, create_engine
from typing_extensions import override

from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.verification.ledger_verification import verify_ledger
from tests.simulation.history import History
from tests.simulation.once import once
from tests.simulation.rest import Rest
from tests.simulation.test_state_machine import QUICK, AnyHistory
from tests.support.postgres_ground import LEDGER_NAME, PostgresGround

SEEDS = 10


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Give a database for all histories of a test.

    Two transactions that wait for each other would do so for ever in one thread: they fail instead.
    """
    made = create_engine(
        database_url, hide_parameters=True, connect_args={"options": "-c lock_timeout=5s"}
    )
    try:
        yield made
    finally:
        made.dispose()


def test_no_order_of_steps_shows_or_loses_anything_on_postgres(engine: Engine) -> None:
    """Nor can the ledger that it leaves be doubted: every entry and every table is verified."""
    signing_key = SigningKey.generate(LEDGER_NAME)

    class OnPostgres(AnyHistory):
        """Begins with empty tables."""

        @override
        def begin(self) -> Rest:
            ground = PostgresGround(engine, signing_key)
            ground.clear()
            return Rest(2, ground=ground)

        @override
        def teardown(self) -> None:
            super().teardown()
            with engine.connect() as connection:
                assert verify_ledger(connection, signing_key.verifier_key).is_sound

    with once():
        run_state_machine_as_test(OnPostgres, settings=settings(QUICK, max_examples=20))


def test_a_seed_plays_the_same_history_on_both_grounds(engine: Engine) -> None:
    """Each record and each refusal, in the same order: what a million seeds show holds of both."""
    with once():
        for seed in range(SEEDS):
            ground = PostgresGround(engine)
            in_memory: list[str] = []
            on_postgres: list[str] = []
            ground.clear()
            History(seed, in_memory.append).live()
            History(seed, on_postgres.append, ground=ground).live()

            assert on_postgres == in_memory
