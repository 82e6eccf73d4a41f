"""The steps of the histories as a state machine: Hypothesis looks for the fewest that fail."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import create_engine
from typing_extensions import override

from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.verification.ledger_verification import verify_ledger
from tests.histories.drawing import ARGUMENTS, Call
from tests.histories.strategies import calls
from tests.simulation.once import once
from tests.simulation.rest import Rest
from tests.support.postgres_ground import LEDGER_NAME, PostgresGround

QUICK = settings(stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow])


class AnyHistory(RuleBasedStateMachine):
    """A bus to which anything may happen, and which then comes to rest."""

    def __init__(self) -> None:
        super().__init__()
        self.bus = self.begin()
        self.is_whole = True

    def begin(self) -> Rest:
        """Return a bus in memory."""
        return Rest(2)

    def teardown(self) -> None:
        """Let it come to rest, unless something has failed already."""
        if self.is_whole:
            self.bus.rest()


def _rule(step: str) -> Callable[..., None]:
    """Return the rule of a step, with arguments out of the tables."""

    def take(self: AnyHistory, call: Call) -> None:
        self.is_whole = False
        self.bus.do(call)
        self.is_whole = True

    take.__name__ = step
    # of the overloads the one whose rule hands nothing on
    plain: Callable[..., Callable[[Callable[..., None]], Callable[..., None]]] = rule
    return plain(call=calls(step, {}))(take)


for _step in ARGUMENTS:
    setattr(AnyHistory, _step, _rule(_step))


def test_no_order_of_steps_shows_or_loses_anything() -> None:
    """What Hypothesis makes of the same steps holds as what a seed makes of them."""
    with once():
        run_state_machine_as_test(AnyHistory, settings=settings(QUICK, max_examples=60))


def test_no_order_of_steps_shows_or_loses_anything_on_postgres(database_url: str) -> None:
    """The same steps, watched in the same way, on the tables of the product.

    All examples share one database. Two transactions that wait for each other would do so for ever
    in one thread: they fail instead.
    """
    engine = create_engine(
        database_url, hide_parameters=True, connect_args={"options": "-c lock_timeout=5s"}
    )

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

    try:
        with once():
            run_state_machine_as_test(OnPostgres, settings=settings(QUICK, max_examples=30))
    finally:
        engine.dispose()
