"""What may happen in two histories at once, and the people, events and agreements it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement
from schemas.blocks import Area, Block, Identity
from schemas.categories import BLOCKS, Category
from schemas.identifiers import AgreementId
from tests.histories.changes import CHANGES
from tests.histories.drawing import Call
from tests.histories.strategies import calls
from tests.support.event_strategies import PASSPORT_NUMBERS
from tests.support.factories import full_blocks, make_enrolment, make_outcome, make_referral
from tests.support.trays_planned import make_agreement, shared_on

PEOPLE: Final = PASSPORT_NUMBERS[:2]
GATES: Final = (Category.PARTICIPATION, Category.SENSITIVE_PARTICIPATION)
COARSER: Final = (Category.IDENTITY, Category.AREA)
INNER: Final = tuple(one for one in BLOCKS if one is not Category.PARTICIPATION)

PASSPORT: Final = make_agreement(AgreementId("passport.coordination"))
SUPPORT: Final = make_agreement(
    AgreementId("borough-d.support"),
    events=["referral", "outcome"],
    categories=shared_on("consent", *(set(Category) - {Category.PROGRESS, Category.HEALTH}))
    | shared_on("public-task", Category.PROGRESS, Category.HEALTH),
    applies_to="everyone",
    fields={"area.borough": "area"},
)
STATISTICS: Final = make_agreement(
    AgreementId("hub.statistics"),
    events=["enrolment", "outcome"],
    categories=shared_on("public-task", *GATES, *COARSER, Category.PROGRESS)
    | shared_on("consent", Category.MONEY, Category.NEEDS),
    applies_to="everyone",
    pseudonym="person",
    fields={
        "provider_id": "as-is",
        "occurred_at": "month",
        "participation.service_id": "as-is",
        "participation.stage": "as-is",
        "participation.appointment_place": "present",
        "identity.date_of_birth": "band",
        "area.borough": "area",
        "progress.category": "code",
        "progress.employer": "present",
        "progress.contributors.role": "code",
        "money.pay_period": "code",
        "needs.goals": "present",
        "needs.hours_wanted": "band",
    },
)
AGREEMENTS: Final = (PASSPORT, SUPPORT, STATISTICS)

VALUES: Final[Mapping[Category, tuple[Block | None, ...]]] = {
    Category(name): (None, type(block)(), block) for name, block in full_blocks().items()
}
ALIKE: Final[Mapping[Category, tuple[tuple[Block | None, ...], ...]]] = {
    Category.IDENTITY: (
        (None, Identity(), Identity(family_name="Nwosu", uln="1234567899")),
        (
            Identity(date_of_birth=date(1994, 12, 31)),
            Identity(given_names="Ada", date_of_birth=date(1991, 3, 14)),
        ),
    ),
    Category.AREA: (
        (None, Area(), Area(postcode_district="SE1")),
        (Area(borough="Southwark"), Area(borough="Southwark", postcode_district="SE1")),
    ),
}
"""Blocks that are alike in the coarser form."""

MADE: Final = (
    (make_referral, "college-c.adult-skills", "college-c"),
    (make_enrolment, "charity-b.recovery", "charity-b"),
    (make_outcome, "borough-d.jobs", "borough-d"),
    (make_referral, "borough-d.jobs", "borough-d"),
)
"""Each person's events; the enrolment's service is marked sensitive."""


@dataclass(frozen=True)
class Publish:
    """A provider publishes: `shown` chooses what the recipient may see, `hidden` the rest."""

    event: tuple[int, int]
    shown: int
    hidden: tuple[int, int]


@dataclass(frozen=True)
class PublishOnce:
    """A provider publishes in one history alone, and nothing new of what the recipient may see."""

    event: tuple[int, int]
    side: int
    hidden: int


@dataclass(frozen=True)
class NextVersion:
    """The hub enters an agreement's next version: with these categories alone, or ended."""

    agreement: Agreement
    kept: frozenset[Category]
    is_ended: bool


Happening = Call | NextVersion | Publish | PublishOnce
"""A step of any history, or one of which the two histories see different things."""

TURN: Final = Call("turn", {"shard": 0})


def grant(person: int, agreement: Agreement, categories: Iterable[Category]) -> Call:
    """Return how somebody consents to these categories and to the gates, for good."""
    return Call(
        "grant",
        {
            "person": person + 1,
            "agreement": agreement.id,
            "categories": tuple({*categories, *GATES}),
            "until": None,
            "left_out": None,
        },
    )


some_categories = st.sets(st.sampled_from(Category)) | st.just(set(Category))
numbers = st.integers(0, 6 ** len(INNER) - 1)
which = st.tuples(st.integers(0, 1), st.integers(0, len(MADE) - 1))
publications = st.builds(Publish, which, numbers, st.tuples(numbers, numbers))
_LIKINGS: Final[Mapping[str, Any]] = {
    "person": (1, 2),
    "into": (1, 2),
    "agreement": [one.id for one in AGREEMENTS],
    "categories": some_categories.map(lambda some: (*some, *GATES)),
    "service": [one[1] for one in MADE],
    "by": (timedelta(days=1),),
    "shard": (0,),
}
_STEPS: Final = (
    *("turn", "turn", "die", "wait", "mark_service", "merge", "merge", "unmerge"),
    *("erase", "erase", "finish_erasure", "grant", "withdraw", "withdraw", *CHANGES),
)
happenings: st.SearchStrategy[Happening] = st.one_of(
    publications,
    st.builds(PublishOnce, which, st.integers(0, 1), numbers),
    st.builds(
        NextVersion,
        st.sampled_from(AGREEMENTS),
        some_categories.map(lambda some: frozenset({*some, *GATES})),
        st.booleans(),
    ),
    *(st.sampled_from(_STEPS).flatmap(lambda step: calls(step, _LIKINGS)) for _ in range(6)),
)
