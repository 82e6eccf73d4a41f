"""What may happen in two histories at once, and the people, events and agreements it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.filter.failpoints import TurnStep
from schemas.blocks import Area, Block, Identity
from schemas.categories import BLOCKS, Category
from schemas.identifiers import AgreementId, ServiceId
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
    generalise={"area": "borough"},
)
STATISTICS: Final = make_agreement(
    AgreementId("hub.statistics"),
    events=["enrolment", "outcome"],
    categories=shared_on("public-task", *GATES, *COARSER, Category.PROGRESS)
    | shared_on("consent", Category.MONEY, Category.NEEDS),
    applies_to="everyone",
    pseudonymous=True,
    generalise={"identity": "birth-band", "area": "borough"},
)
AGREEMENTS: Final = (PASSPORT, SUPPORT, STATISTICS)

VALUES: Final[Mapping[Category, tuple[Block | None, ...]]] = {
    Category(name): (None, type(block)(), block) for name, block in full_blocks().items()
}
ALIKE: Final[Mapping[Category, tuple[tuple[Block | None, ...], ...]]] = {
    Category.IDENTITY: (
        (None, Identity(), Identity(family_name="Nwosu", uln="1234567897")),
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
class Say:
    """A participant gives, narrows, takes back, objects; a grant may be for a day."""

    what: str
    person: int
    agreement: Agreement
    categories: frozenset[Category]


@dataclass(frozen=True)
class Turn:
    """The filter does a turn, and may be killed in it."""

    killed_at: TurnStep | None = None


@dataclass(frozen=True)
class Wait:
    """A day goes by."""


@dataclass(frozen=True)
class NextVersion:
    """The hub enters an agreement's next version: with these categories alone, or ended."""

    agreement: Agreement
    kept: frozenset[Category]
    is_ended: bool


@dataclass(frozen=True)
class Mark:
    """The hub marks a service sensitive, or not sensitive any more."""

    service_id: ServiceId
    is_sensitive: bool


@dataclass(frozen=True)
class Merge:
    """Two numbers are found to be one person's, or are parted again."""

    is_parting: bool


@dataclass(frozen=True)
class Erase:
    """A participant asks to be forgotten; asked again, what is left of them is taken away."""

    person: int


Happening = Erase | NextVersion | Mark | Merge | Publish | PublishOnce | Say | Turn | Wait


numbers = st.integers(0, 6 ** len(INNER) - 1)
which = st.tuples(st.integers(0, 1), st.integers(0, len(MADE) - 1))
publications = st.builds(Publish, which, numbers, st.tuples(numbers, numbers))
happenings = st.one_of(
    publications,
    st.builds(PublishOnce, which, st.integers(0, 1), numbers),
    st.builds(
        Say,
        st.sampled_from(
            ["grant", "grant for a day", "withdraw", "withdraw all", "object", "end objection"]
        ),
        st.integers(0, 1),
        st.sampled_from(AGREEMENTS),
        st.sets(st.sampled_from(Category), min_size=1).map(lambda some: frozenset({*some, *GATES})),
    ),
    st.builds(Turn, st.none() | st.sampled_from(TurnStep)),
    st.just(Wait()),
    st.builds(
        NextVersion,
        st.sampled_from(AGREEMENTS),
        st.just(set(Category)).map(frozenset)
        | st.sets(st.sampled_from(Category)).map(lambda some: frozenset({*some, *GATES})),
        st.booleans(),
    ),
    st.builds(Mark, st.sampled_from([one[1] for one in MADE]), st.booleans()),
    st.builds(Merge, st.booleans()),
    st.builds(Erase, st.integers(0, 1)),
)


some_categories = st.sets(st.sampled_from(Category)) | st.just(set(Category))
