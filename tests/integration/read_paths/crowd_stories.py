"""What happens to a crowd on a bus with a real PostgreSQL, from rest to rest, drawn at random."""

from datetime import timedelta
from typing import Any, Final, Literal

from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Pseudonym
from schemas.categories import Category
from tests.histories.changes import CHANGES
from tests.histories.drawing import Call
from tests.histories.strategies import calls
from tests.support.agreement_strategies import agreements, standings
from tests.support.event_strategies import PROVIDERS, SERVICES
from tests.support.factories import make_enrolment, make_outcome, make_referral

STATISTICS: Final = "hub"
RECIPIENTS: Final = (STATISTICS, "college-c", "borough-d")
MERGED, INTO, ERASED = 2, 3, 4
"""The person who is merged and parted, the one they are merged into, and the one who is erased."""

_LIKINGS: Final[dict[str, Any]] = {
    "agreement": RECIPIENTS,
    "categories": st.sets(st.sampled_from(Category)).map(tuple),
    "until": (None, timedelta(hours=1)),
    "left_out": (None, (), *((one,) for one in PROVIDERS)),
    "service": SERVICES[:3],
    "by": (timedelta(hours=1), timedelta(hours=2)),
}
_PARTINGS: Final = (
    Call("merge", {"person": MERGED, "into": INTO}),
    Call("unmerge", {"person": MERGED}),
    Call("erase", {"person": ERASED}),
)

published = st.fixed_dictionaries(
    {
        "make": st.sampled_from([make_referral, make_enrolment, make_outcome]),
        "service": st.sampled_from(SERVICES),
        "provider": st.sampled_from(PROVIDERS),
    }
).map(lambda drawn: Call("publish", drawn))
_stood = st.fixed_dictionaries({"agreement": st.sampled_from(RECIPIENTS), "standing": standings()})


def _entered(
    recipient: str, *, pseudonym: Pseudonym | Literal["any"] | None = "any"
) -> st.SearchStrategy[Call]:
    return agreements(pseudonym=pseudonym).map(
        lambda terms: Call("enter_version", {"agreement": recipient, "terms": terms})
    )


@st.composite
def stories(draw: st.DrawFn) -> list[list[Call]]:
    """Give what happens to a crowd, from rest to rest: steps of any history, and of its own.

    What an agreement's pseudonyms stand for never changes.
    """
    # figures are counted by person: of a tray that ties nothing together there are none
    counted = draw(st.sampled_from([None, Pseudonym.PERSON]))
    begun = [
        draw(_entered(one, pseudonym=counted) if one == STATISTICS else _entered(one))
        for one in RECIPIENTS
    ]
    begun += [
        Call("stand", {"agreement": recipient, "standing": draw(standings())})
        for recipient in RECIPIENTS
    ]
    begun += draw(st.lists(published, min_size=1, max_size=3))
    versions = st.sampled_from(begun[: len(RECIPIENTS)]).flatmap(
        lambda one: _entered(one.arguments["agreement"], pseudonym=one.arguments["terms"].pseudonym)
    )
    changes, others = (
        st.sampled_from(steps).flatmap(lambda one: calls(one, _LIKINGS))
        for steps in (("grant", "withdraw", *CHANGES), ("wait", "mark_service", "die"))
    )
    stood = _stood.map(lambda drawn: Call("stand", drawn))
    step = st.one_of(
        changes, changes, others, published, versions, stood, st.sampled_from(_PARTINGS)
    )
    then = draw(st.lists(st.lists(step, min_size=1, max_size=4), min_size=1, max_size=3))
    return [begun + then[0], *then[1:]]
