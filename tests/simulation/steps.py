"""What may happen to a simulated bus, one method each: people, providers, the hub, time, keys.

All that a step does not take as an argument is settled by what happened before it, so that the same
steps are the same history, whoever chose them.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from typing_extensions import override

from consent_ledger.agreements.agreement import AgreementError
from consent_ledger.consent.changes import (
    Merge,
    TellingApart,
    Unmerge,
)
from consent_ledger.journal.sealed_keys import Holder
from consent_ledger.register.duplicates import duplicates_of
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.passport_numbers import ErasedError
from consent_ledger.register.register import Register
from consent_ledger.rights.key_rotation import reseal_all, reseal_batch
from schemas.blocks import Identity
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from schemas.trays import in_tray
from tests.histories import cast
from tests.histories.changes import CHANGES, About, Taught
from tests.histories.said import Model, Said, said_in
from tests.simulation.doors import Doors, Knows
from tests.simulation.watch import ViolationError
from tests.simulation.world import FEW_EVENTS, World
from tests.support.bus_settings import PEPPER
from tests.support.ground import Ground


class Steps(World):
    """The steps. A person is 1, 2 or 3, an event 0 to 4."""

    def __init__(
        self,
        shards: int,
        trace: Callable[[str], None] | None = None,
        ground: Ground | None = None,
        max_events: int = FEW_EVENTS,
    ) -> None:
        super().__init__(shards, trace, ground=ground, max_events=max_events)
        self.version = 0
        self.model = Model()
        self.doors = Doors({one.number: one.participant_id for one in cast.people()})
        self._new_numbers = cast.numbers(2)
        self._drawn: PassportNumber | None = None
        self.brought_back: set[str] = set()
        self.writers: dict[tuple[int, int, int], set[int]] = {}

    # providers

    def publish(self, person: int, event: int, revision: int, writer: int) -> None:
        """A provider publishes a revision of an event: new, late, or again."""
        one = cast.published(person, event, revision, writer)
        self.writers.setdefault((person, event, revision), set()).add(writer)
        self.broker.append(
            in_tray(one.provider_id), one.partition, one.participant_id.encode(), one.value
        )

    # participants

    @override
    def asked(self, agreement: AgreementId) -> frozenset[str]:
        return cast.asked_consent_for(self.version, agreement)

    @override
    def say(self, taught: Taught, person: int, agreement: AgreementId, **drawn: Any) -> None:
        """Say something to the bus; what it enters must be what was said, of every number."""
        who = self.number(person)
        about = About(who, agreement, self.asked(agreement), self.clock())
        change = taught.change(about, **drawn)
        size = len(self.ground.leaves)
        if not self.enter(change):
            return
        entered = {fact["subject"]: fact for fact in map(json.loads, self.ground.leaves[size:])}
        for one in self.model.numbers_of(who):
            before = self.model.of(one, agreement)
            after = taught.after(before, change, about)
            fact = entered.pop(str(self.ground.participants[one].ledger_id), None)
            if fact is None:
                if after != before:
                    raise ViolationError("what was said of one number is not said of the other")
                continue
            self.model.say(one, agreement, after, kind=fact["kind"], opens=taught.opens)
            if self._said_in(fact) != after:
                raise ViolationError("the entry is not what was said")
        if entered:
            raise ViolationError("what one person said was said of another")

    def take_all_back(self) -> None:
        """Everybody withdraws whatever they have granted."""
        for (number, agreement), said in list(self.model.said.items()):
            # under a number that was issued at a door nothing was published
            if said.granted and number in self.people:
                self.say(CHANGES["withdraw"], _somebody(number).number, agreement, categories=())

    # doors

    def register(self, person: int, provider: ProviderId, knows_name: bool) -> None:  # noqa: FBT001 - drawn
        """A person comes to a provider's door: known by its reference, asked about, or new."""
        register = self._register()
        knows = self._knowledge(provider, knows_name=knows_name)
        expected = self.doors.expected(
            provider, person, lambda one: self.model.numbers_of(PassportNumber(one))[0], knows
        )
        identity = {
            Knows.NOTHING: Identity(),
            Knows.NUMBER: Identity(uln=cast.ULNS[person - 1]),
            Knows.ALL: cast.identity_of(person),
        }[knows]
        reference = f"case-{person}"
        try:
            with self.ground.begin() as tx:
                found = register.register(tx, provider, identity, reference=reference)
                if isinstance(found, PossibleMatches):
                    if frozenset(found.candidates) != expected:
                        raise ViolationError("a door is asked about other people than it should be")
                    found = register.link(
                        tx, provider, reference, found.candidates[0], identity=identity
                    )
                elif found.participant_id != (expected or self._drawn):
                    raise ViolationError("a door gets a number that it should not get")
        except ErasedError:
            if expected != "erased":
                raise ViolationError("a door is refused that should not be") from None
            return
        self.doors.linked(provider, person, found.participant_id, knows)

    def _register(self) -> Register:
        return Register(
            pepper=PEPPER,
            vault=self.keys.vault(),
            partitions=cast.PARTITIONS,
            draw=self._draw,
        )

    def _draw(self) -> PassportNumber:
        self._drawn = next(self._new_numbers)
        return self._drawn

    @staticmethod
    def _knowledge(provider: ProviderId, *, knows_name: bool) -> Knows:
        """Return what a door asks: a charity that asks anything knows the learner number alone."""
        if not knows_name:
            return Knows.NOTHING
        return Knows.NUMBER if provider == cast.PROVIDERS[1] else Knows.ALL

    # two numbers of one person

    @override
    def merge(self, person: int, into: int) -> None:
        self._merge(self.number(person), self.number(into))

    def _merge(self, who: PassportNumber, other: PassportNumber) -> None:
        size = len(self.ground.leaves)
        if not self.enter(Merge(number=who, into=other)):
            return
        said = {
            (self._by_pseudonym(fact["subject"]), fact["agreement"]): self._said_in(fact)
            for fact in map(json.loads, self.ground.leaves[size:])
            if "agreement" in fact
        }
        if said != self.model.merged(who, other, self.clock()):
            raise ViolationError("of two numbers that are merged not the narrower holds")

    @override
    def unmerge(self, person: int) -> None:
        """They were two people after all: the last number of this person's is parted."""
        who = self.model.numbers_of(self.number(person))[-1]
        if not self.enter(Unmerge(number=who)):
            return
        self.model.unmerged(who)
        entered = {
            fact["agreement"]: self._said_in(fact)
            for fact in map(json.loads, self.ground.leaves)
            if fact.get("subject") == str(self.ground.participants[who].ledger_id)
            and "agreement" in fact
        }
        if any(said != self.model.of(who, one) for one, said in entered.items()):
            raise ViolationError("a number that is parted is not left with what is its own")

    @override
    def tell_apart(self, person: int, into: int) -> None:
        who, other = self.number(person), self.number(into)
        if self.enter(TellingApart(number=who, other=other)):
            self.model.told_apart(who, other)

    def find_duplicates(self, person: int) -> None:
        """The hub looks who else somebody may be, and merges what a door issued without knowing."""
        main = self.model.numbers_of(self.number(person))[0]
        alike = self.doors.alike(main, lambda one: self.model.numbers_of(PassportNumber(one))[0])
        expected = {other for other in alike if not self.model.are_apart(main, other)}
        with self.ground.begin() as tx:
            pairs = duplicates_of(tx, self._register(), main)
        if {other for pair in pairs for other in pair.numbers} - {main} != expected:
            raise ViolationError("other people are listed than may be one person")
        for other in sorted(expected - set(self.people)):
            self._merge(other, main)

    def _said_in(self, fact: Mapping[str, Any]) -> Said:
        row = self.ground.participants[self._by_pseudonym(fact["subject"])]
        assert row.salt is not None
        return said_in(fact, row.salt)

    def _by_pseudonym(self, pseudonym: str) -> PassportNumber:
        people = self.ground.participants.values()
        return next(row.participant_id for row in people if str(row.ledger_id) == pseudonym)

    # erasure

    @override
    def erase(self, person: int) -> None:
        super().erase(person)
        who = self.number(person)
        self.doors.erased(self.model.numbers_of(who))
        self.model.erased(who)

    def bring_back(self, person: int, generation: int) -> None:
        """Of somebody erased a key, sealed long ago or not, and consent come back from a backup."""
        one = cast.people()[person - 1]
        if self.ground.participants[one.participant_id].state == "active":
            self.tell("nobody is erased")
            return
        self.brought_back.add(one.participant_id)
        standings = {agreement: cast.full_standing(agreement) for agreement in cast.agreements(0)}
        self.ground.bring_back(one.participant_id, cast.sealed_key(person, generation), standings)

    # the hub

    def next_agreements(self) -> None:
        """The hub enters the next version of its agreements, if there is one."""
        if self.version < cast.VERSIONS - 1:
            with suppress(AgreementError):
                self.enter_agreements([cast.beside_pseudonyms()])
                raise ViolationError("who reads pseudonyms is given names of the same people")
            self.version += 1
            self.enter_agreements(tuple(cast.agreements(self.version).values()))
            self.model.agreements_changed(self.version)

    # time

    def skew_clock(self, skew: timedelta) -> None:
        """The filter's clock is fast, or slow, from now on."""
        self.filter_clock.skew = skew

    # keys

    def rotate_key(self) -> None:
        """A new journal key comes before the old one; a rotation that was cut short goes on."""
        if len(self.keys.generations) > 1:
            return
        generations = self.keys.generations[0] + 1, *self.keys.generations
        with self.ground.begin() as tx:
            tx.begin_epoch(cast.JournalKeys(*generations).vault().epoch)
        self.keys.generations = generations

    def reseal_keys(self, upto: int) -> None:
        """People's keys are sealed again, so many of them before that is cut short."""
        with self.ground.begin() as tx:
            tx.destroy_keys_of_erased()
            reseal_batch(tx, self.keys.vault(), Holder.PARTICIPANT, after="", limit=upto)

    def drop_old_keys(self) -> None:
        """Every key is sealed again, and the older journal key destroyed, while processes run."""
        reseal_all(self.ground.begin, self.keys.vault(), batch=2)
        self.keys.generations = self.keys.generations[:1]


def _somebody(participant_id: PassportNumber) -> cast.Somebody:
    return next(one for one in cast.people() if one.participant_id == participant_id)
