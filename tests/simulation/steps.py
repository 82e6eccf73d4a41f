"""What may happen to a simulated bus, one method each: people, providers, the hub, time, keys.

All that a step does not take as an argument is settled by what happened before it, so that the same
steps are the same history, whoever chose them.
"""

import json
from collections.abc import Callable
from datetime import timedelta

from consent_ledger.consent.consent import Consent, ConsentError
from consent_ledger.consent.merges import MergeError, Merging
from consent_ledger.register.register import RegisterError
from consent_ledger.rights.erasure import Erasure, ErasureError
from consent_ledger.rights.key_rotation import reseal_key
from consent_ledger.transaction import Records
from schemas.categories import Category
from schemas.trays import in_tray
from tests.simulation import cast
from tests.simulation.database import MemoryDatabase
from tests.simulation.records import MemoryRecords
from tests.simulation.said import Model, Said
from tests.simulation.watch import ViolationError
from tests.simulation.world import World

Categories = tuple[Category, ...]


class Steps(World):
    """The steps. A person is 1, 2 or 3, an event 0 to 4."""

    def __init__(self, shards: int, trace: Callable[[str], None] | None = None) -> None:
        super().__init__(shards, trace)
        self.consent: Consent[MemoryDatabase] = Consent(self.ledger, self.clock)
        self.erasure: Erasure[MemoryDatabase] = Erasure(self.ledger)
        self.merging: Merging[MemoryDatabase] = Merging(self.ledger)
        self.model = Model()
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

    def grant(
        self,
        person: int,
        agreement: str,
        categories: Categories,
        until: timedelta | None,
        left_out: tuple[str, ...] | None,
    ) -> None:
        """A participant gives consent: to participation and these, or to all that is asked."""
        asked = cast.asked_consent_for(self.hub.version, agreement)
        named = {one for one in (*categories, Category.PARTICIPATION) if one in asked}
        end = self.clock() + until if until else None
        now = self.clock()

        def after(said: Said) -> Said:
            before = said.at(now)
            return Said(
                before.granted & asked | (named or asked),
                end or before.until,
                before.left_out if left_out is None else len(left_out),
            )

        self._say(
            person,
            agreement,
            after,
            lambda who: self.consent.grant(
                self.database, who, agreement, named or None, until=end, excluded=left_out
            ),
            opens=True,
        )

    def withdraw(self, person: int, agreement: str, categories: Categories) -> None:
        """A participant takes some of it back; no categories are all of it."""
        self._say(
            person,
            agreement,
            lambda said: said.without(frozenset(categories) or said.granted),
            lambda who: self.consent.withdraw(self.database, who, agreement, categories or None),
        )

    def ask(self, person: int, agreement: str) -> None:
        """A participant is asked for consent, again if need be: that opens nothing."""
        self._say(
            person,
            agreement,
            lambda said: said,
            lambda who: self.consent.request(self.database, who, agreement, is_again=True),
        )

    def refuse(self, person: int, agreement: str) -> None:
        """A participant says no: that closes all that was granted."""
        self._say(
            person,
            agreement,
            lambda said: said.without(said.granted),
            lambda who: self.consent.refuse(self.database, who, agreement),
        )

    def note_expiry(self, person: int, agreement: str) -> None:
        """The hub enters that a grant has run out, if one has."""
        now = self.clock()
        self._say(
            person,
            agreement,
            lambda said: said.at(now),
            lambda who: self.consent.expire(self.database, who, agreement),
        )

    def take_all_back(self) -> None:
        """Everybody withdraws whatever they have granted."""
        for (participant_id, agreement), said in list(self.model.said.items()):
            if said.granted:
                self.withdraw(_somebody(participant_id).number, agreement, ())

    def inform(self, person: int, agreement: str) -> None:
        """A participant is given the notice of an agreement."""
        self._say(
            person,
            agreement,
            lambda said: said,
            lambda who: self.consent.inform(self.database, who, agreement),
            opens=True,
        )

    def object_to(self, person: int, agreement: str) -> None:
        """A participant objects."""
        self._say(
            person,
            agreement,
            lambda said: said,
            lambda who: self.consent.object(self.database, who, agreement),
        )

    def end_objection(self, person: int, agreement: str) -> None:
        """An objection is reviewed, and does not hold."""
        self._say(
            person,
            agreement,
            lambda said: said,
            lambda who: self.consent.end_objection(self.database, who, agreement),
            opens=True,
        )

    def _say(
        self,
        person: int,
        agreement: str,
        after: Callable[[Said], Said],
        say: Callable[[str], object],
        *,
        opens: bool = False,
    ) -> None:
        """Say something to the bus; what it enters must be what was said, of every number."""
        who = cast.people()[person - 1].participant_id
        size = len(self.database.leaves)
        try:
            with self.database.transaction(None):
                say(who)
        except (ConsentError, RegisterError):
            self.tell("refused")
            return
        entered = {fact["subject"]: fact for fact in map(json.loads, self.database.leaves[size:])}
        for one in self.model.numbers_of(who):
            before = self.model.of(one, agreement)
            fact = entered.pop(str(_somebody(one).ledger_id), None)
            if fact is None:
                if after(before) != before:
                    raise ViolationError("what was said of one number is not said of the other")
                continue
            self.model.say(one, agreement, after(before), opens=opens)
            granted, left_out = frozenset(fact["granted"]), len(fact["except"])
            if (granted, left_out) != (after(before).granted, after(before).left_out):
                raise ViolationError("the entry is not what was said")
        if entered:
            raise ViolationError("what one person said was said of another")

    # two numbers of one person

    def merge(self, person: int, into: int) -> None:
        """Two numbers turn out to be one person's."""
        who, other = (cast.people()[one - 1].participant_id for one in (person, into))
        try:
            with self.database.transaction(None):
                self.merging.merge(self.database, who, other)
        except (MergeError, RegisterError):
            self.tell("refused")
            return
        self.model.merged(who, other)

    def unmerge(self, person: int) -> None:
        """They were two people after all: the last number of this person's is parted."""
        who = self.model.numbers_of(cast.people()[person - 1].participant_id)[-1]
        try:
            with self.database.transaction(None):
                self.merging.unmerge(self.database, who)
        except (MergeError, RegisterError):
            self.tell("refused")
            return
        closed = self.model.unmerged(who)
        granted = {
            fact["agreement"]: fact["granted"]
            for fact in map(json.loads, self.database.leaves)
            if fact.get("subject") == str(_somebody(who).ledger_id) and "agreement" in fact
        }
        if any(granted[one] for one in closed):
            raise ViolationError("what somebody else may have said is still open")

    # erasure

    def erase(self, person: int) -> None:
        """A participant asks to be forgotten: recorded, and everything closed at once."""
        who = cast.people()[person - 1].participant_id
        with self.database.transaction(None):
            self.erasure.record(self.database, who)
        self.model.erased(who)

    def finish_erasure(self, person: int) -> None:
        """What is left of them is taken away, once every tray is without them."""
        one = cast.people()[person - 1]
        try:
            with self.database.transaction(None):
                self.erasure.finish(self.database, one.participant_id)
        except ErasureError:
            self.tell("not yet")

    def bring_back(self, person: int, generation: int) -> None:
        """Of somebody erased a key, sealed long ago or not, and consent come back from a backup."""
        one = cast.people()[person - 1]
        if self.database.participants[one.participant_id].state == "active":
            self.tell("nobody is erased")
            return
        self.brought_back.add(one.participant_id)
        self.database.keys[one.participant_id] = cast.sealed_key(person, generation)
        self.database.standings[one.participant_id] = {
            agreement: cast.full_standing(agreement) for agreement in cast.agreements(0)
        }

    # the hub

    def next_agreements(self) -> None:
        """The hub enters the next version of its agreements, if there is one."""
        if self.hub.version < cast.VERSIONS - 1:
            self.hub.version += 1
            self.hub.enter_agreements()
            self.model.agreements_changed(self.hub.version)

    def mark_service(self, service: str) -> None:
        """The hub marks a service sensitive, or not sensitive any more."""
        self.hub.mark(service)

    # time

    def wait(self, by: timedelta) -> None:
        """Time goes by, or the clock jumps, be it back."""
        self.clock.go_on(by)

    def skew_clock(self, skew: timedelta) -> None:
        """The filter's clock is fast, or slow, from now on."""
        self.filter_clock.skew = skew

    # keys

    def rotate_key(self) -> None:
        """A new journal key comes before the others, and every process starts again with it."""
        self.key_generations = (self.key_generations[0] + 1, *self.key_generations)
        self.restart()

    def reseal_keys(self, upto: int) -> None:
        """People's keys are sealed again, so many of them before that is cut short."""
        for one in cast.people()[:upto]:
            with self.database.transaction(None):
                reseal_key(self._records(), cast.vault(*self.key_generations), one.participant_id)

    def drop_old_keys(self) -> None:
        """People's keys are sealed again, all of them, and the older journal keys destroyed."""
        self.reseal_keys(cast.PEOPLE)
        self.key_generations = self.key_generations[:1]
        self.restart()

    def _records(self) -> Records:
        return MemoryRecords(self.database)

    def restart(self) -> None:
        """Every process of the filter ends, to be started again when it is needed."""
        for process in self.processes:
            process.is_dead = True


def _somebody(participant_id: str) -> cast.Somebody:
    return next(one for one in cast.people() if one.participant_id == participant_id)
