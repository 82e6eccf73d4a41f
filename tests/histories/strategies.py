"""Hypothesis draws the steps of a history, over the same tables as a seed."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.histories.drawing import Call, draw


@st.composite
def calls(choose: st.DrawFn, step: str, likings: Mapping[str, Any]) -> Call:
    """Give a step; the values of an argument may be a strategy of its own."""

    def choice(values: Any) -> Any:
        return choose(values if isinstance(values, st.SearchStrategy) else st.sampled_from(values))

    return draw(step, choice, likings)
