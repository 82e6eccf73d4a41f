"""Any history: whatever is published, said and interrupted, at rest every tray holds."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    multiple,
    rule,
    run_state_machine_as_test,
)

from consent_ledger.consent.changes import ConsentChange, Notice, Objection, ObjectionEnd
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.shard import Shard
from schemas.categories import Category
from schemas.events import Event
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from tests.support.bus import Bus
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.killing import KilledError, killed_at

Maker = Callable[..., Event]

AGREEMENTS = st.sampled_from(
    ["passport.coordination", "college-c.outcomes", "borough-d.support", "jobcentre-e.engagement"]
)
CATEGORIES = st.sets(st.sampled_from(list(Category)), min_size=1)
PROVIDERS = st.sampled_from(["borough-d", "charity-b", "college-c"])
SERVICES = st.sampled_from(["borough-d.jobs", "charity-b.recovery", "charity-b.unheard-of"])
MAKERS = st.sampled_from([make_referral, make_enrolment, make_outcome])
BLOCKS = st.sets(st.sampled_from(["identity", "contact", "health", "justice", "notes", "progress"]))


class Histories(RuleBasedStateMachine):
    """What may happen to a bus; all examples share one, each with people of its own."""

    bus: ClassVar[Bus]
    people = Bundle("people")
    events = Bundle("events")

    def __init__(self) -> None:
        super().__init__()
        self.shard: Shard = self.bus.new_shard()

    @rule(target=people)
    def register(self) -> PassportNumber:
        """Somebody comes to a door."""
        return self.bus.participant()

    @rule(
        target=events,
        person=people,
        make=MAKERS,
        service=SERVICES,
        provider=PROVIDERS,
        missing=BLOCKS,
    )
    def publish(
        self,
        person: PassportNumber,
        make: Maker,
        service: str,
        provider: ProviderId,
        missing: set[str],
    ) -> Event:
        """A provider publishes an event, some blocks empty."""
        event = make(service, participant_id=person, provider_id=provider)
        event = event.model_copy(update=dict.fromkeys(missing))
        self.bus.publish(event)
        return event

    @rule(target=events, event=consumes(events), missing=BLOCKS, jump=st.integers(0, 2))
    def correct(self, event: Event, missing: set[str], jump: int) -> object:
        """Publish the event again: the same, or corrected under a higher revision."""
        if not jump:
            self.bus.publish(event)
            return event
        changes = dict.fromkeys(missing) | {"revision": event.revision + jump}
        corrected = event.model_copy(update=changes)
        self.bus.publish(corrected)
        return multiple(event, corrected)

    @rule(
        person=people,
        agreement=AGREEMENTS,
        categories=CATEGORIES,
        excluded=st.sets(PROVIDERS, max_size=1),
        days=st.none() | st.integers(1, 3),
    )
    def grant(
        self,
        person: PassportNumber,
        agreement: AgreementId,
        categories: set[Category],
        *,
        excluded: set[ProviderId],
        days: int | None,
    ) -> None:
        """They consent to something, perhaps for some days, perhaps not to what one knows."""
        until = self.bus.clock() + timedelta(days=days) if days else None
        with suppress(ConsentError):
            self.bus.grant(person, agreement, *categories, until=until, excluded=excluded)

    @rule(person=people, agreement=AGREEMENTS, categories=st.none() | CATEGORIES)
    def withdraw(
        self, person: PassportNumber, agreement: AgreementId, categories: set[Category] | None
    ) -> None:
        """They take back some of it, or all."""
        with suppress(ConsentError):
            self.bus.withdraw(person, agreement, *(categories or ()))

    @rule(person=people, what=st.sampled_from([Notice, Objection, ObjectionEnd]))
    def say(self, person: PassportNumber, what: type[ConsentChange]) -> None:
        """They are given the notice, object, or take the objection back."""
        for agreement_id in ("jobcentre-e.engagement", "hub.statistics"):
            with suppress(ConsentError):
                self.bus.enter(what(number=person, agreement=AgreementId(agreement_id)))

    @rule(days=st.integers(0, 2))
    def wait(self, days: int) -> None:
        """Time goes by."""
        self.bus.clock.go_on(timedelta(days=days, hours=1))

    @rule()
    def turn(self) -> None:
        """The filter does a turn."""
        self.bus.turn(self.shard)

    @rule(step=st.sampled_from(list(TurnStep)))
    def die_in_a_turn(self, step: TurnStep) -> None:
        """The filter is killed at a step, if it comes by it, and replaced."""
        try:
            self.bus.turn(self.bus.new_shard(killed_at(step)))
        except KilledError:
            self.shard = self.bus.new_shard()

    def teardown(self) -> None:
        """Let the filter come to rest, and audit."""
        shard = self.bus.new_shard()
        while self.bus.turn(shard).events:
            pass
        self.bus.turn(shard)
        self.bus.assert_holds()


def test_any_history_leaves_every_tray_as_it_must_be(bus: Bus) -> None:
    """The audit holds at rest, after any mix of events, permissions, deaths and waiting."""
    Histories.bus = bus
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
