"""A history: steps that happen to a simulated bus, drawn from a seed.

What may go wrong goes wrong between any two of them. Each history has a theme and likings of its
own: what all of them do evenly, none does thoroughly.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from schemas.categories import Category
from tests.histories import cast
from tests.histories.drawing import ARGUMENTS, draw
from tests.simulation.rest import Rest
from tests.simulation.world import FEW_EVENTS, MANY_EVENTS
from tests.support.ground import Ground

STEPS = 22

_ALWAYS = {
    "publish": ("publish",),
    "speak": (
        *("grant", "grant", "grant", "withdraw", "withdraw"),
        *("inform", "object_to", "end_objection"),
    ),
    "turn": ("turn", "turn", "enforce"),
    "wait": ("wait",),
    "terms": ("next_agreements", "mark_service"),
    "take back": ("take_all_back",),
}
_FAULTS = (
    *("die", "lose_ack", "read_again", "divide"),
    *("be_interrupted", "be_replaced", "be_divided"),
)
_SOMETIMES = {
    "numbers": ("merge", "merge", "merge", "unmerge", "unmerge", "tell_apart"),
    "erase": ("erase", "erase", "finish_erasure", "bring_back"),
    "doors": ("register", "register", "find_duplicates"),
    "keys": ("rotate_key", "reseal_keys", "drop_old_keys"),
    "clocks": ("skew_clock",),
    "refusals": ("ask", "refuse", "note_expiry", "renew"),
    "objections": ("object_to", "end_objection"),
}


class Theme(NamedTuple):
    """What a history is about beside the rest: how likely groups of steps are, and likings."""

    weights: Mapping[str, int] = {}
    likings: Mapping[str, Sequence[object]] = {}
    faults: Sequence[str] = ()


_ALONE: Mapping[str, Sequence[object]] = {"person": (1,), "into": (1,)}
_ALL_OF_THEM: Mapping[str, Sequence[object]] = dict.fromkeys(
    ("person", "into"), range(1, cast.PEOPLE + 1)
)
_THERE_AND_BACK = (timedelta(days=2), -timedelta(days=2))
_THEMES = (
    Theme(),
    Theme(),
    Theme(
        {"faults": 12, "take back": 3, "publish": 3, "terms": 1},
        {**_ALONE, "agreement": ("wide.purpose",)},
        ("be_replaced", "be_replaced", "be_divided", "divide"),
    ),
    Theme(
        {"numbers": 12, "speak": 12, "refusals": 6},
        {**_ALL_OF_THEM, "agreement": ("wide.purpose",)},
    ),
    Theme(
        {"numbers": 8, "objections": 8, "publish": 6, "turn": 6, "speak": 3, "erase": 0},
        {"person": (1, 2), "into": (1, 2), "agreement": ("hub.statistics", "task.purpose")},
    ),
    Theme({"erase": 6, "keys": 6, "doors": 3}),
    Theme(
        {"wait": 8, "turn": 8, "clocks": 3, "terms": 0, "take back": 0},
        {**_ALONE, "agreement": ("hub.statistics", "task.purpose"), "by": _THERE_AND_BACK},
    ),
    Theme(
        {"publish": 3, "speak": 8, "turn": 12, "wait": 8, "faults": 1, "terms": 0, "take back": 0}
        | dict.fromkeys(_SOMETIMES, 0),
        {
            **_ALONE,
            "agreement": ("hub.statistics",),
            "categories": ((Category.MONEY,),),
            "until": (None,),
            "by": (timedelta(hours=1), timedelta(seconds=1)),
        },
    ),
    Theme({"refusals": 6, "wait": 6}, {"until": (timedelta(days=1),)}),
    Theme(
        {"doors": 16, "numbers": 4, "speak": 4, "erase": 1},
        {**_ALONE, "provider": cast.PROVIDERS[:2]},
    ),
)


class History:
    """One history. `live` plays it; the same seed plays the same in every process."""

    def __init__(
        self,
        seed: int,
        trace: Callable[[str], None] | None = None,
        *,
        ground: Ground | None = None,
    ) -> None:
        self._random = Random(seed)  # noqa: S311 - histories, not secrets
        number = self._random.random

        def choose(values: Sequence[Any]) -> Any:
            # three times as quick as `Random.choice`, and as fair over so few values
            return values[int(number() * len(values))]

        self._choose = choose
        everything = list(cast.agreements(0))
        forward = tuple(one for one in ARGUMENTS["wait"]["by"] if one > timedelta())
        theme = choose(_THEMES)
        self._likings: dict[str, Sequence[object]] = {
            "person": (people := choose(((1,), (1,), range(1, cast.PEOPLE + 1)))),
            "into": people,
            "agreement": choose(
                (["wide.purpose"], ["wide.purpose"], [choose(everything)], everything)
            ),
            "writer": choose(((1,), (1,), (1, 2))),
            "by": choose((forward, forward, ARGUMENTS["wait"]["by"])),
            **theme.likings,
        }
        faults = theme.faults or choose((_FAULTS, *((one,) for one in _FAULTS)))
        self._groups = {**_ALWAYS, "faults": faults, **_SOMETIMES}
        self._weights = [
            theme.weights[group]
            if group in theme.weights
            else choose((0, 0, 0, 1, 3) if group in _SOMETIMES else (1, 3, 8))
            for group in self._groups
        ]
        # where half of the turns are a sweep's, fewer are left for what else may go wrong
        max_events = MANY_EVENTS if seed % 3 else FEW_EVENTS
        self.bus = Rest(choose((1, 1, 2)), trace, ground=ground, max_events=max_events)

    def live(self) -> None:
        """Take a number of steps, then come to rest."""
        choose = self._choose
        groups = list(self._groups.values())
        for group in self._random.choices(groups, self._weights, k=STEPS):
            step = choose(group)
            if step in _FAULTS:  # in an idle turn a fault shows nothing
                self.bus.do(draw("publish", choose, self._likings))
            self.bus.do(draw(step, choose, self._likings))
        self.bus.rest()
