"""What a step may be told: for each argument the values of which one is chosen.

A seed chooses, or Hypothesis, which looks for the fewest steps and the plainest values that fail;
so the plainest value stands first.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from consent_ledger.filter.failpoints import TurnStep
from tests.histories import cast
from tests.histories.changes import CHANGES

Choose = Callable[[Sequence[Any]], Any]
"""Chooses one of several."""

Likings = Mapping[str, Sequence[Any]]
"""Fewer values for some arguments, by name."""


class Call(NamedTuple):
    """A step with its arguments."""

    step: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        told = ", ".join(
            f"{name} {_plain(one)}" for name, one in self.arguments.items() if name != "meanwhile"
        )
        return f"{self.step.replace('_', ' ')}: {told}" if told else self.step.replace("_", " ")


_PERSON: Final = range(1, cast.PEOPLE + 1)
_AGREEMENT: Final = tuple(cast.agreements(0))
_SHARD: Final = range(2)
_SAY: Final = {"person": _PERSON, "agreement": _AGREEMENT}
_PLACES: Final = (
    *(TurnStep.AFTER_JOURNAL, TurnStep.AFTER_JOURNAL, TurnStep.AFTER_READ),
    *(TurnStep.AFTER_APPEND, TurnStep.AFTER_POSITIONS),
)
"""Where somebody else can do something: a transaction of the database lets nobody in between."""

_MEANWHILE: Final = (
    *("turn", "take_all_back", "turn", "die", "take_all_back", "turn", "publish", "die"),
    *("turn", "grant", "publish", "die"),
    *("withdraw", "wait", "next_agreements", "mark_service", "object_to", "erase", "rotate_key"),
    *("merge", "unmerge", "divide"),
)
_HOW_MUCH: Final = (1, 2, 3, 5)

ARGUMENTS: Final[Mapping[str, Likings]] = {
    "publish": {
        "person": _PERSON,
        "event": range(cast.EVENTS),
        "revision": range(1, cast.REVISIONS + 1),
        "writer": (1, 2),
    },
    **{step: {**_SAY, **taught.arguments} for step, taught in CHANGES.items()},
    "take_all_back": {},
    "register": {
        "person": _PERSON,
        "provider": cast.PROVIDERS,
        "knows_name": (True, False),
    },
    "merge": {"person": _PERSON, "into": _PERSON},
    "unmerge": {"person": _PERSON},
    "tell_apart": {"person": _PERSON, "into": _PERSON},
    "find_duplicates": {"person": _PERSON},
    "erase": {"person": _PERSON},
    "finish_erasure": {"person": _PERSON},
    "bring_back": {"person": _PERSON, "generation": (0, 255)},
    "next_agreements": {},
    "mark_service": {"service": tuple(cast.SERVICES)},
    "wait": {
        "by": (
            timedelta(seconds=1),
            timedelta(hours=13),
            timedelta(days=2),
            -timedelta(hours=1),
            -timedelta(days=1),
        )
    },
    "skew_clock": {"skew": (timedelta(), timedelta(hours=2), -timedelta(hours=2))},
    "rotate_key": {},
    "reseal_keys": {"upto": _PERSON},
    "drop_old_keys": {},
    "turn": {"shard": _SHARD},
    "enforce": {"shard": _SHARD},
    "die": {"shard": _SHARD, "at": (TurnStep.AFTER_JOURNAL, TurnStep.AFTER_JOURNAL, *TurnStep)},
    "lose_ack": {"shard": _SHARD},
    "read_again": {"shard": _SHARD},
    "divide": {},
    "be_interrupted": {"shard": _SHARD, "at": _PLACES, "meanwhile": _MEANWHILE},
    "be_replaced": {"shard": _SHARD, "at": _PLACES, "hit": (1, 2), "meanwhile": _MEANWHILE},
    "be_divided": {"shard": _SHARD, "at": _PLACES, "hit": (1, 2), "meanwhile": _MEANWHILE},
}


def draw(step: str, choose: Choose, likings: Likings) -> Call:
    """Return a step with arguments that were chosen."""
    arguments: dict[str, object] = {}
    for name, values in ARGUMENTS[step].items():
        if name == "meanwhile":
            steps = [choose(values) for _ in range(choose(_HOW_MUCH))]
            arguments[name] = tuple(draw(one, choose, likings) for one in steps)
        else:
            arguments[name] = choose(likings.get(name, values))
    return Call(step, arguments)


def _plain(argument: object) -> str:
    if isinstance(argument, tuple):
        return "(" + "; ".join(str(one) for one in argument) + ")"
    return str(argument)
