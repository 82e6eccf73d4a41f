"""The steps of the histories as a state machine: Hypothesis looks for the fewest that fail."""

from collections.abc import Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tests.histories import cast
from tests.histories.drawing import ARGUMENTS
from tests.histories.strategies import calls
from tests.simulation.once import once
from tests.simulation.rest import Rest

QUICK = settings(stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow])
OFTEN = (*("publish", "turn") * 8, *("grant", "grant", "withdraw", "take_all_back", "inform") * 2)
AGREEMENTS = tuple(cast.agreements(0))
PEOPLE = range(1, cast.PEOPLE + 1)


class AnyHistory(RuleBasedStateMachine):
    """A bus to which anything may happen, and which then comes to rest."""

    def __init__(self) -> None:
        super().__init__()
        self.bus = self.begin()
        self.is_whole = True

    def begin(self) -> Rest:
        """Return a bus in memory."""
        return Rest(2)

    @initialize(
        people=st.sampled_from([(1,), PEOPLE]),
        agreements=st.sampled_from([AGREEMENTS, *((one,) for one in AGREEMENTS)]),
    )
    def like(self, people: Sequence[int], agreements: Sequence[str]) -> None:
        """What all histories do evenly, none does thoroughly."""
        self.likings = {"person": people, "into": PEOPLE, "agreement": agreements}

    @rule(data=st.data(), step=st.sampled_from((*OFTEN, *ARGUMENTS)))
    def happen(self, data: st.DataObject, step: str) -> None:
        """Take any step, most often one of those without which the others do nothing."""
        call = data.draw(calls(step, self.likings))
        self.is_whole = False
        self.bus.do(call)
        self.is_whole = True

    def teardown(self) -> None:
        """Let it come to rest, unless something has failed already."""
        if self.is_whole:
            self.bus.rest()


def test_no_order_of_steps_shows_or_loses_anything() -> None:
    """What Hypothesis makes of the same steps holds as what a seed makes of them."""
    with once():
        run_state_machine_as_test(AnyHistory, settings=settings(QUICK, max_examples=60))
