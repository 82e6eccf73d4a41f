"""What happens to a crowd on a bus with a real PostgreSQL, from rest to rest, drawn at random."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.failpoints import TurnStep
from schemas.events import Event
from schemas.identifiers import ProviderId, ServiceId
from tests.support.agreement_strategies import agreements, standings
from tests.support.event_strategies import PROVIDERS, SERVICES
from tests.support.factories import make_enrolment, make_outcome, make_referral

STATISTICS: Final = "hub"
RECIPIENTS: Final = (STATISTICS, "college-c", "borough-d")


class Published(NamedTuple):
    """An event that each of the crowd has."""

    make: Callable[..., Event]
    service_id: ServiceId
    provider_id: ProviderId


class Change(NamedTuple):
    """What happens before the bus comes to rest. What is not there stays as it is.

    Agreements and standings are those of a recipient; their moments are told from noon. One of the
    people may be erased, and two numbers of them merged, or parted if they are. The filter may be
    killed over it.
    """

    agreements: Mapping[str, Agreement]
    standings: Mapping[str, Standing]
    is_sensitive: Mapping[ServiceId, bool]
    hours: int
    events: tuple[Published, ...]
    are_two_merged: bool
    killed_at: TurnStep | None
    is_one_erased: bool


marked = st.dictionaries(st.sampled_from(SERVICES[:3]), st.booleans(), max_size=1)
published = st.builds(
    Published,
    st.sampled_from([make_referral, make_enrolment, make_outcome]),
    st.sampled_from(SERVICES),
    st.sampled_from(PROVIDERS),
)
killed = st.none() | st.sampled_from(TurnStep)
now_and_then = st.sampled_from([False, False, True])
nobody = st.just(value=False)


@st.composite
def stories(draw: st.DrawFn) -> list[Change]:
    """Give what happens to a crowd, from rest to rest.

    Whether an agreement is pseudonymous never changes. One of them is erased at most.
    """
    events = st.lists(published, min_size=1, max_size=3).map(tuple)
    begun = st.builds(
        Change,
        st.fixed_dictionaries(dict.fromkeys(RECIPIENTS, agreements())),
        st.fixed_dictionaries(dict.fromkeys(RECIPIENTS, standings())),
        marked,
        st.just(0),
        events,
        now_and_then,
        killed,
        nobody,
    )
    first = draw(begun)
    versions = {
        recipient: agreements(pseudonymous=agreement.pseudonymous)
        for recipient, agreement in first.agreements.items()
    }
    next_one = st.builds(
        Change,
        st.fixed_dictionaries({}, optional=versions),
        st.dictionaries(st.sampled_from(RECIPIENTS), standings(), max_size=2),
        marked,
        st.integers(0, 2),
        st.lists(published, max_size=1).map(tuple),
        now_and_then,
        killed,
        nobody,
    )
    story = [first, *draw(st.lists(next_one, max_size=2))]
    if (at := draw(st.none() | st.integers(0, len(story) - 1))) is not None:
        story[at] = story[at]._replace(is_one_erased=True)
    return story
