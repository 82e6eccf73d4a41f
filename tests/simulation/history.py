"""A history: what happens to a simulated bus, from a seed to rest.

What may go wrong goes wrong between any two steps: the filter dies, is replaced while it still
runs, reads twice, is told that an append failed which did not; the clock jumps; permissions,
agreements and services change at any of these moments.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from consent_ledger.agreements import Basis
from consent_ledger.consent import Consent, ConsentError
from consent_ledger.filter.failpoints import Step
from consent_ledger.filter.store import FencedError
from schemas.categories import Category
from schemas.trays import in_tray, partition_of
from tests.fakes import FencedInMemoryError
from tests.simulation import cast
from tests.simulation.world import LostAckError, ViolationError, World

STEPS = 22
OUTSIDE_TRANSACTIONS = (
    Step.AFTER_READ,
    Step.AFTER_JOURNAL,
    Step.AFTER_APPEND,
    Step.AFTER_POSITIONS,
)
"""Where somebody else can do something: a transaction of the database lets nobody in between."""


class KilledError(BaseException):
    """Stands for kill -9."""


class History(World):
    """One history. `live` plays it; the same seed plays the same."""

    def __init__(self, seed: int, trace: Callable[[str], None] | None = None) -> None:
        super().__init__(seed, trace)
        self.consent = Consent(self.ledger, self.clock)
        self.said: dict[tuple[str, str], tuple[set[str], datetime | None, int]] = {}
        self.crowd = cast.people()[: self.random.choice((1, 1, cast.PEOPLE))]
        everything = list(cast.agreements(0))
        self.agreements = self.random.choice(
            (["wide.purpose"], ["wide.purpose"], [self.random.choice(everything)], everything)
        )
        faults = (self.die, self.lose_ack, self.be_replaced, self.be_interrupted)
        self.faults = self.random.choice((faults, *((one,) for one in faults)))

    def live(self) -> None:
        """Take a number of steps, then come to rest.

        Each history has likings of its own: what all of them do evenly, none does thoroughly.
        """
        steps = self.random.choices(
            (
                self.publish,
                self.speak,
                self.turn,
                self.turn_with_a_fault,
                self.wait,
                self.change_terms,
                self.take_all_back,
            ),
            weights=[self.random.choice((1, 3, 8)) for _ in range(7)],
            k=STEPS,
        )
        for step in steps:
            step()
        self.rest()

    def publish(self) -> None:
        """A provider publishes a revision of an event: new, late, or again."""
        person, event = self.random.randrange(len(self.crowd)), self.random.randrange(cast.EVENTS)
        revision = self.random.randint(1, cast.REVISIONS)
        one = cast.published(person, event, revision)
        self.tell("publish person %s event %s revision %s", person, event, revision)
        self.broker.append(
            in_tray(one.provider_id),
            partition_of(one.participant_id, cast.PARTITIONS),
            one.participant_id.encode(),
            one.value,
        )

    def speak(self) -> None:
        """A participant gives, narrows or takes back; is informed; objects."""
        person = self.random.choice(self.crowd).participant_id
        agreement = self.random.choice(self.agreements)
        what = self.random.choice(
            ("grant", "grant", "withdraw", "withdraw all", "inform", "object", "end")
        )
        self.tell("%s %s %s", what, person, agreement)
        try:
            with self.database.transaction():
                self._say(what, person, agreement)
        except ConsentError:
            self.tell("  refused")

    def take_all_back(self) -> None:
        """Everybody withdraws whatever they have granted."""
        self.tell("everybody withdraws everything")
        for (person, agreement), (granted, *_) in list(self.said.items()):
            if granted:
                with self.database.transaction():
                    self._say("withdraw all", person, agreement)

    def _say(self, what: str, person: str, agreement: str) -> None:
        """Say it to the bus, and to a plain model of what was said; the entry must agree."""
        on_consent = self._on_consent(agreement)
        some = self.random.sample(list(Category), self.random.randint(1, 6))
        granted, until, left_out = self.said.get((person, agreement), (set(), None, 0))
        if what == "grant":
            if until is not None and until <= self.clock():
                granted, until, left_out = set(), None, 0
            new_end = self.random.choice((None, self.clock() + timedelta(days=1)))
            excluded = self.random.choice((None, None, [], [self.random.choice(cast.PROVIDERS)]))
            chosen = [one for one in (*some, Category.PARTICIPATION) if one in on_consent] or None
            self.consent.grant(
                self.database, person, agreement, chosen, until=new_end, excluded=excluded
            )
            granted = granted & on_consent | set(chosen or on_consent)
            until = new_end or until
            left_out = left_out if excluded is None else len(excluded)
        elif what.startswith("withdraw"):
            chosen = some if what == "withdraw" else None
            self.consent.withdraw(self.database, person, agreement, chosen)
            granted = granted - set(granted if chosen is None else chosen)
            if not granted:
                until, left_out = None, 0
        elif what == "inform":
            self.consent.inform(self.database, person, agreement)
        elif what == "object":
            self.consent.object(self.database, person, agreement)
        else:
            self.consent.end_objection(self.database, person, agreement)
        self.said[person, agreement] = granted, until, left_out
        entered = json.loads(self.database.leaves[-1])
        if set(entered["granted"]) != granted or len(entered["except"]) != left_out:
            raise ViolationError(f"the entry is not what was said: {what}")

    def _on_consent(self, agreement: str) -> set[str]:
        asked = cast.agreements(self.version)[agreement].categories
        return {one.value for one in asked if asked[one].basis is Basis.CONSENT}

    def wait(self) -> None:
        """Time goes by, or the clock jumps."""
        by = self.random.choice((timedelta(seconds=1), timedelta(hours=13), timedelta(days=2)))
        self.tell("wait %s", by)
        self.clock.go_on(by)

    def change_terms(self) -> None:
        """A service is marked, or the next version of the agreements is entered."""
        if self.random.random() < 0.5 and self.version < 3:
            self.version += 1
            self.tell("agreements, version %s", self.version)
            self.enter_agreements()
            for case, (granted, until, left_out) in self.said.items():
                kept = granted & self._on_consent(case[1])
                self.said[case] = (kept, until, left_out) if kept else (kept, None, 0)
        else:
            service = self.random.choice(list(self.services))
            self.services[service] = not self.services[service]
            self.tell("service %s is sensitive: %s", service, self.services[service])
            self.enter_services({service: self.services[service]})

    def turn(self) -> None:
        """The filter does a turn."""
        self.tell("turn")
        self.shard.turn(0)

    def turn_with_a_fault(self) -> None:
        """The filter dies in a turn, loses an answer, or somebody acts in the middle of it."""
        self.random.choice(self.faults)()

    def die(self) -> None:
        """The filter is killed at a step; its successor takes over."""
        step = self.random.choice(list(Step))
        self.tell("turn, killed %s", step)
        with suppress(KilledError):
            self.new_shard(self._death(step)).turn(0)
        self.shard = self.new_shard()

    def _death(self, step: Step | None) -> Callable[[Step], None]:
        def failpoint(at: Step) -> None:
            if at is step:
                raise KilledError

        return failpoint

    def lose_ack(self) -> None:
        """The log takes a batch, but says so to nobody."""
        self.tell("turn, answer lost")
        shard = self.new_shard()
        shard._log.loses_ack = True  # type: ignore[attr-defined]
        with suppress(LostAckError):
            shard.turn(0)
        self.shard = self.new_shard()

    def be_replaced(self) -> None:
        """A successor takes over, works, perhaps dies, in the middle of a turn of another one.

        The predecessor then goes on as if nothing had happened, in its first turn or in a later
        one, which often has nothing to send.
        """
        step = self.random.choice((Step.AFTER_JOURNAL, *OUTSIDE_TRANSACTIONS))
        passes = self.random.choice((1, 2))
        death = self.random.choice((None, None, None, *Step))
        acts = (self.speak, self.publish, self.take_all_back, self.take_all_back)
        self.tell("turn, replaced %s, pass %s; the successor dies %s", step, passes, death)

        def failpoint(at: Step) -> None:
            nonlocal passes
            passes -= at is step
            if at is step and passes == 0:
                self.random.choice(acts)()
                with suppress(KilledError):
                    self.new_shard(self._death(death)).turn(0)

        self.publish()
        zombie = self.new_shard(failpoint)
        try:
            for _ in range(3):
                zombie.turn(0)
        except (FencedError, FencedInMemoryError):
            self.tell("  the predecessor was fenced")
        self.shard = self.new_shard()

    def be_interrupted(self) -> None:
        """Somebody speaks, or publishes, in the middle of a turn."""
        step = self.random.choice(OUTSIDE_TRANSACTIONS)
        act = self.random.choice((self.speak, self.speak, self.publish, self.wait))
        self.tell("turn, interrupted %s", step)

        def failpoint(at: Step) -> None:
            if at is step:
                act()

        self.new_shard(failpoint).turn(0)
        self.shard = self.new_shard()

    def rest(self) -> None:
        """Let a fresh filter do what is left, and look at everything."""
        self.tell("rest")
        self.shard = self.new_shard()
        while self.shard.turn(0).events:
            pass
        self.shard.turn(0)
        self.check_trays()
        before = {place: len(held) for place, held in self.broker.partitions.items()}
        self.database.positions.clear()
        self.shard = self.new_shard()
        while self.shard.turn(0).events:
            pass
        after = {place: len(held) for place, held in self.broker.partitions.items()}
        trays = {place for place in after if place[0].startswith("out.")}
        if any(after[place] != before[place] for place in trays):
            raise ViolationError("reading everything again has written to a tray")
