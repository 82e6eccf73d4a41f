"""The steps of the histories as a state machine: Hypothesis looks for the fewest that fail."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.simulation.drawing import ARGUMENTS, HOW_MUCH, draw
from tests.simulation.faults import Call
from tests.simulation.once import once
from tests.simulation.rest import Rest

QUICK = settings(
    max_examples=60, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
)


class AnyBus(RuleBasedStateMachine):
    """A bus to which anything may happen, and which then comes to rest."""

    def __init__(self) -> None:
        super().__init__()
        self.bus = Rest(shards=2)
        self.is_whole = True

    def teardown(self) -> None:
        """Let it come to rest, unless something has failed already."""
        if self.is_whole:
            self.bus.rest()


def _rule(step: str) -> Callable[..., None]:
    """Return the rule of a step, with a strategy for each of its arguments."""

    def take(self: AnyBus, **arguments: Any) -> None:
        self.is_whole = False
        self.bus.do(Call(step, arguments))
        self.is_whole = True

    take.__name__ = step
    strategies: dict[str, st.SearchStrategy[Any]] = {
        name: _meanwhile(values) if name == "meanwhile" else st.sampled_from(values)
        for name, values in ARGUMENTS[step].items()
    }
    # of the overloads the one whose rule hands nothing on
    plain: Callable[..., Callable[[Callable[..., None]], Callable[..., None]]] = rule
    return plain(**strategies)(take)


@st.composite
def _meanwhile(choose: st.DrawFn, steps: Sequence[str]) -> tuple[Call, ...]:
    chosen = choose(st.lists(st.sampled_from(steps), min_size=1, max_size=max(HOW_MUCH)))
    return tuple(draw(one, lambda values: choose(st.sampled_from(values)), {}) for one in chosen)


for _step in ARGUMENTS:
    setattr(AnyBus, _step, _rule(_step))


def test_no_order_of_steps_shows_or_loses_anything() -> None:
    """What Hypothesis makes of the same steps holds as what a seed makes of them."""
    with once():
        run_state_machine_as_test(AnyBus, settings=QUICK)
