"""Two histories of a bus that differ only where one recipient may not look, at any time."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from consent_ledger.agreements import Agreement
from consent_ledger.consent import ConsentError, standing_entry
from consent_ledger.decisions import NO_STANDING, Standing
from consent_ledger.entries import Kind
from consent_ledger.filter.failpoints import Step
from consent_ledger.ledger import NewEntry
from consent_ledger.merging import MergeError, Merging
from consent_ledger.register import active
from consent_ledger.terms import InForce
from schemas.blocks import Area, Block, Identity
from schemas.categories import BLOCKS, Category, Mask
from schemas.events import Event, Source, event_type
from tests.event_strategies import PASSPORT_NUMBERS, REFERENCES
from tests.factories import full_blocks, make_enrolment, make_outcome, make_referral
from tests.memory_bus import MemoryBus
from tests.trays_planned import make_agreement, shared_on

PEOPLE: Final = PASSPORT_NUMBERS[:2]
GATES: Final = (Category.PARTICIPATION, Category.SENSITIVE_PARTICIPATION)
COARSER: Final = (Category.IDENTITY, Category.AREA)
INNER: Final = tuple(one for one in BLOCKS if one is not Category.PARTICIPATION)

PASSPORT: Final = make_agreement("passport.coordination")
SUPPORT: Final = make_agreement(
    "borough-d.support",
    events=["referral", "outcome"],
    categories=shared_on("consent", *(set(Category) - {Category.PROGRESS, Category.HEALTH}))
    | shared_on("public-task", Category.PROGRESS, Category.HEALTH),
    applies_to="everyone",
    generalise={"area": "borough"},
)
STATISTICS: Final = make_agreement(
    "hub.statistics",
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


class KilledError(BaseException):
    """Stands for kill -9."""


@dataclass(frozen=True)
class Recipient:
    """Who may not tell the histories apart: an agreement, and what is ever granted under it."""

    agreement: Agreement
    grantable: frozenset[Category]

    def may_see(self, category: Category) -> bool:
        """Tell whether a category is ever open to it."""
        return (
            category in self.grantable
            or (self.agreement.public_task_mask | self.agreement.legal_obligation_mask)
            & category.bit
            > 0
        )


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

    killed_at: Step | None = None


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

    service_id: str
    is_sensitive: bool


@dataclass(frozen=True)
class Merge:
    """Two numbers are found to be one person's, or are parted again."""

    is_parting: bool


Happening = NextVersion | Mark | Merge | Publish | PublishOnce | Say | Turn | Wait


class History(MemoryBus):
    """One of the two."""

    def __init__(self, recipient: Recipient, side: int) -> None:
        super().__init__(AGREEMENTS, PEOPLE)
        self._recipient = recipient
        self._side = side
        self._revisions: dict[tuple[int, int], int] = {}
        self._shown: dict[tuple[int, int], int] = {}

    def play(self, happening: Happening) -> None:
        """Let it happen."""
        match happening:
            case Publish(event, shown, hidden):
                self._shown[event] = shown
                self._publish(event, hidden[self._side])
            case PublishOnce(event, side, hidden):
                is_known = event in self._shown
                if side == self._side and (is_known or not self._is_received(event)):
                    self._publish(event, hidden)
            case Say():
                self._say(happening)
            case Turn(killed_at):
                self._turn(killed_at)
            case NextVersion():
                self._enter(happening)
            case Mark(service_id, is_sensitive):
                self._mark(service_id, is_sensitive=is_sensitive)
            case Merge(is_parting):
                self._merge(is_parting=is_parting)
            case Wait():
                self.clock.go_on(timedelta(days=1))

    def standings_of_person(self, number: str, agreement: Agreement) -> list[Standing]:
        """Return how somebody stands under each of the numbers that are one person's by now."""
        people = self.database.participants
        return [
            self.database.standings.get(one, {}).get(agreement.id, NO_STANDING)
            for one in PEOPLE
            if people[one].shown_as == people[number].shown_as
        ]

    def _enter(self, said: NextVersion) -> None:
        before = self.terms.agreements[said.agreement.id].agreement
        categories = {
            one: terms for one, terms in said.agreement.categories.items() if one in said.kept
        }
        coarser = {one: form for one, form in said.agreement.generalise.items() if one in said.kept}
        changes = {
            "version": before.version + 1,
            "categories": categories,
            "generalise": coarser,
            "ended": said.is_ended,
        }
        after = Agreement.model_validate(said.agreement.model_dump() | changes)
        with self.database.transaction(None):
            entry = NewEntry(Kind.AGREEMENT, agreement_id=after.id, facts={})
            (seq,) = self.ledger.record(self.database, [entry])
            self.terms = replace(
                self.terms, agreements=self.terms.agreements | {after.id: InForce(after, seq)}
            )
            self.database.terms = self.terms
            dropped = before.consent_mask & ~after.consent_mask
            for person in PEOPLE:
                held = self.database.standings.get(person, {}).get(after.id)
                if held is None or not held.granted & dropped:
                    continue
                who, salt = active(self.database.participants[person])
                left = held.without(Mask(dropped))
                narrowed = standing_entry(Kind.NARROWED, who, salt, after, left)
                (seq,) = self.ledger.record(self.database, [narrowed])
                self.database.standings[person][after.id] = left._replace(seq=seq)

    def _mark(self, service_id: str, *, is_sensitive: bool) -> None:
        entry = NewEntry(Kind.SERVICE, service_id=service_id, facts={"sensitive": is_sensitive})
        with self.database.transaction(None):
            self.ledger.record(self.database, [entry])
            services = self.terms.services | {service_id: is_sensitive}
            self.terms = replace(self.terms, services=services)
            self.database.terms = self.terms

    def _merge(self, *, is_parting: bool) -> None:
        merging = Merging(self.ledger)
        with suppress(MergeError), self.database.transaction(None):
            if is_parting:
                merging.unmerge(self.database, PEOPLE[1])
            else:
                merging.merge(self.database, PEOPLE[1], PEOPLE[0])

    def _is_received(self, event: tuple[int, int]) -> bool:
        return event_type(self._made(event)) in self._recipient.agreement.events

    def _made(self, event: tuple[int, int], **fields: Any) -> Event:
        person, number = event
        make, service_id, provider_id = MADE[number]
        fixed: dict[str, Any] = {
            "event_id": f"00000000-0000-8000-8000-00000000{person:02}{number:02}",
            "participant_id": PEOPLE[person],
            "provider_id": provider_id,
            "source": Source(system="crm", reference="case-1"),
            "referral_ref": REFERENCES[number],
        }
        return make(service_id, **(fixed | fields))

    def _publish(self, event: tuple[int, int], hidden: int) -> None:
        self._revisions[event] = self._revisions.get(event, 0) + 1 + hidden % 2
        shown = self._shown.get(event, 0)
        is_received = self._is_received(event)
        fields: dict[str, Any] = {
            "revision": self._revisions[event],
            "recorded_at": datetime(2026, 5, 5, hidden % 24, tzinfo=UTC),
        }
        if not is_received or self._recipient.agreement.pseudonymous:
            fields |= {
                "occurred_at": datetime(2026, 5, 4, hidden % 24, tzinfo=UTC),
                "source": None if hidden % 2 else Source(system="crm", reference="case-2"),
                "referral_ref": REFERENCES[hidden % len(REFERENCES)],
            }
        for place, category in enumerate(INNER):
            of_shown, of_hidden = (one // 6**place % 6 for one in (shown, hidden))
            choice = VALUES[category]
            if not (is_received and self._recipient.may_see(category)):
                block = choice[of_hidden % len(choice)]
            elif category in self._recipient.agreement.generalise:
                alike = ALIKE[category][of_shown % len(ALIKE[category])]
                block = alike[of_hidden % len(alike)]
            else:
                block = choice[of_shown % len(choice)]
            fields[category.value] = block
        self.publish(self._made(event, **fields))

    def _say(self, said: Say) -> None:
        person, agreement = PEOPLE[said.person], said.agreement.id
        categories = said.categories
        if said.agreement == self._recipient.agreement:
            categories &= self._recipient.grantable
        until = self.clock() + timedelta(days=1) if said.what == "grant for a day" else None
        with suppress(ConsentError), self.database.transaction(None):
            if said.what.startswith("grant"):
                self.consent.grant(self.database, person, agreement, categories, until=until)
            elif said.what == "withdraw":
                self.consent.withdraw(self.database, person, agreement, categories)
            elif said.what == "withdraw all":
                self.consent.withdraw(self.database, person, agreement)
            elif said.what == "object":
                self.consent.object(self.database, person, agreement)
            else:
                self.consent.end_objection(self.database, person, agreement)

    def _turn(self, killed_at: Step | None) -> None:
        if killed_at is None:
            self.turn()
            return

        def failpoint(step: Step) -> None:
            if step is killed_at:
                raise KilledError

        with suppress(KilledError):
            self.new_shard(failpoint).turn(0)
        self.shard = self.new_shard()


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
    st.builds(Turn, st.none() | st.sampled_from(Step)),
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
)


some = st.sets(st.sampled_from(Category)) | st.just(set(Category))


@st.composite
def recipients(draw: st.DrawFn) -> Recipient:
    """Give an agreement, and some of what it asks consent for: never the rest."""
    agreement = draw(st.sampled_from(AGREEMENTS))
    return Recipient(agreement, frozenset({*draw(some), *GATES}))


@st.composite
def two_histories(draw: st.DrawFn) -> tuple[Recipient, History, History]:
    """Play both to rest. At first people are asked and events published: no tray is empty."""
    recipient = draw(recipients())
    asked = [
        Say("grant", person, agreement, frozenset({*draw(some), *GATES}))
        for person in range(2)
        for agreement in AGREEMENTS
    ]
    begun = draw(st.lists(publications, min_size=4, max_size=8))
    then = draw(st.lists(happenings, max_size=10))
    return recipient, *play(recipient, [*asked, *begun, Turn(), *then, Turn(), Turn()])


def play(recipient: Recipient, happenings: Iterable[Happening]) -> tuple[History, History]:
    """Play the two histories."""
    one, other = History(recipient, 0), History(recipient, 1)
    for happening in happenings:
        one.play(happening)
        other.play(happening)
    return one, other
