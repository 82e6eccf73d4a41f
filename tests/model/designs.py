"""The designs that the model is searched for: ours, and each that is weaker in one thing."""

from typing import Final, NamedTuple

SHOWN: Final = "nothing_withdrawn_is_shown"
PERMITTED: Final = "the_tray_is_as_permitted"
DONE: Final = "all_is_done"
CYCLE: Final = "non-progress cycle"


class Design(NamedTuple):
    """Names that are defined for the model, and the claim that is then broken; None holds all.

    A weaker design is broken by one fault already; ours is searched with every pair of faults.
    """

    name: str
    defined: tuple[str, ...] = ()
    breaks: str | None = None
    is_searched_for_cycles: bool = False


DESIGNS: Final = (
    Design("the design", ("FAULTS=2",)),
    Design("the design, for ever", ("FAULTS=1",), is_searched_for_cycles=True),
    Design("the API retracts", ("API_RETRACTS",), SHOWN),
    Design("no outbox", ("NO_OUTBOX",), PERMITTED),
    Design("not idempotent", ("NOT_IDEMPOTENT",), SHOWN),
    Design("no fence at append", ("NO_FENCE_AT_APPEND",), SHOWN),
    Design("no fence at append, repaired", ("NO_FENCE_AT_APPEND", "PERIODIC_REPAIR"), SHOWN),
    Design("consent cached", ("CONSENT_CACHED",), SHOWN),
    Design("no fence in SQL", ("NO_FENCE_IN_SQL",), SHOWN),
    Design("disclosed afterwards", ("DISCLOSED_AFTERWARDS",), SHOWN),
    Design("aborted counts", ("ABORTED_COUNTS",), SHOWN),
    Design("enforced too soon", ("ENFORCED_TOO_SOON",), SHOWN),
    Design("position too soon", ("POSITION_TOO_SOON",), PERMITTED),
)
