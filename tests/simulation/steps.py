"""What may happen to a simulated bus, one method each: people, providers, the hub, time, keys.

All that a step does not take as an argument is settled by what happened before it, so that the same
steps are the same history, whoever chose them.
"""

import json
from collections.abc import Callable
from datetime import timedelta

from consent_ledger.consent.changes import (
    ALL,
    ConsentChange,
    Grant,
    Merge,
    Narrowing,
    Notice,
    Objection,
    ObjectionEnd,
    Refusal,
    Renewal,
    Request,
    Unmerge,
    Withdrawal,
)
from consent_ledger.consent.consent import apply, expire
from consent_ledger.consent.merges import MergeError
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.register.register import PossibleMatches, Register
from consent_ledger.register.subjects import ErasedError, RegisterError
from consent_ledger.rights.erasure import ErasureError, finish_erasure, record_erasure
from consent_ledger.rights.key_rotation import reseal_key
from schemas.blocks import Identity
from schemas.categories import Category
from schemas.identifiers import AgreementId, PassportNumber, ProviderId, ServiceId
from schemas.trays import in_tray
from tests.simulation import cast
from tests.simulation.doors import Doors
from tests.simulation.said import Model, Said
from tests.simulation.watch import ViolationError
from tests.simulation.world import World


class Steps(World):
    """The steps. A person is 1, 2 or 3, an event 0 to 4."""

    def __init__(self, shards: int, trace: Callable[[str], None] | None = None) -> None:
        super().__init__(shards, trace)
        self.model = Model()
        self.doors = Doors({one.number: one.participant_id for one in cast.people()})
        self._new_numbers = cast.numbers(2)
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
        agreement: AgreementId,
        categories: tuple[Category, ...],
        until: timedelta | None,
        left_out: tuple[ProviderId, ...] | None,
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
            lambda who: Grant(
                number=PassportNumber(who),
                agreement=agreement,
                categories=frozenset(named) or ALL,
                until=end,
                excluded=None if left_out is None else frozenset(left_out),
            ),
            opens=True,
        )

    def withdraw(
        self, person: int, agreement: AgreementId, categories: tuple[Category, ...]
    ) -> None:
        """A participant takes some of it back; no categories are all of it."""
        self._say(
            person,
            agreement,
            lambda said: said.without(frozenset(categories) or said.granted),
            lambda who: (
                Narrowing(
                    number=PassportNumber(who),
                    agreement=agreement,
                    categories=frozenset(categories),
                )
                if categories
                else Withdrawal(number=PassportNumber(who), agreement=agreement)
            ),
        )

    def ask(self, person: int, agreement: AgreementId) -> None:
        """A participant is asked for consent, again if need be: that opens nothing."""
        self._say(
            person,
            agreement,
            lambda said: said,
            lambda who: Request(
                number=PassportNumber(who), agreement=agreement, categories=ALL, again=True
            ),
        )

    def renew(self, person: int, agreement: AgreementId, until: timedelta | None) -> None:
        """A participant says yes again to what is granted, until another moment."""
        now = self.clock()
        end = now + until if until else None
        self._say(
            person,
            agreement,
            lambda said: said.at(now)._replace(until=end) if said.at(now).granted else said,
            lambda who: Renewal(number=PassportNumber(who), agreement=agreement, until=end),
            opens=True,
        )

    def refuse(self, person: int, agreement: AgreementId) -> None:
        """A participant says no: that closes all that was granted."""
        self._say(
            person,
            agreement,
            lambda said: said.without(said.granted),
            lambda who: Refusal(number=PassportNumber(who), agreement=agreement),
        )

    def note_expiry(self, person: int, agreement: AgreementId) -> None:
        """The hub enters that a grant has run out, if one has."""
        now = self.clock()
        self._say(
            person,
            agreement,
            lambda said: said.at(now),
            lambda who: expire(self.tx, PassportNumber(who), agreement),
        )

    def take_all_back(self) -> None:
        """Everybody withdraws whatever they have granted."""
        for (participant_id, agreement), said in list(self.model.said.items()):
            if said.granted:
                self.withdraw(
                    _somebody(PassportNumber(participant_id)).number, AgreementId(agreement), ()
                )

    def inform(self, person: int, agreement: AgreementId) -> None:
        """A participant is given the notice of an agreement."""
        self._say(
            person,
            agreement,
            lambda said: said,
            lambda who: Notice(number=PassportNumber(who), agreement=agreement),
            opens=True,
        )

    def object_to(self, person: int, agreement: AgreementId) -> None:
        """A participant objects."""
        self._say(
            person,
            agreement,
            lambda said: said,
            lambda who: Objection(number=PassportNumber(who), agreement=agreement),
        )

    def end_objection(self, person: int, agreement: AgreementId) -> None:
        """An objection is reviewed, and does not hold."""
        self._say(
            person,
            agreement,
            lambda said: said,
            lambda who: ObjectionEnd(number=PassportNumber(who), agreement=agreement),
            opens=True,
        )

    def _say(
        self,
        person: int,
        agreement: AgreementId,
        after: Callable[[Said], Said],
        change: Callable[[str], ConsentChange | int | None],
        *,
        opens: bool = False,
    ) -> None:
        """Say something to the bus; what it enters must be what was said, of every number."""
        who = cast.people()[person - 1].participant_id
        size = len(self.database.leaves)
        try:
            with self.transaction() as tx:
                made = change(who)
                if isinstance(made, ConsentChange):
                    apply(tx, made)
        except (ConsentError, RegisterError):
            self.tell("refused")
            return
        entered = {fact["subject"]: fact for fact in map(json.loads, self.database.leaves[size:])}
        for one in self.model.numbers_of(who):
            before = self.model.of(PassportNumber(one), agreement)
            fact = entered.pop(str(_somebody(PassportNumber(one)).ledger_id), None)
            if fact is None:
                if after(before) != before:
                    raise ViolationError("what was said of one number is not said of the other")
                continue
            self.model.say(PassportNumber(one), agreement, after(before), opens=opens)
            granted, left_out = frozenset(fact["granted"]), len(fact["except"])
            if (granted, left_out) != (after(before).granted, after(before).left_out):
                raise ViolationError("the entry is not what was said")
        if entered:
            raise ViolationError("what one person said was said of another")

    # doors

    def register(self, person: int, provider: ProviderId, knows_name: bool) -> None:  # noqa: FBT001 - drawn
        """A person comes to a provider's door: known by its reference, asked about, or new."""
        register = Register(
            pepper=cast.PEPPER,
            vault=cast.vault(*self.key_generations),
            partitions=cast.PARTITIONS,
            draw=lambda: PassportNumber(next(self._new_numbers)),
        )
        expected = self.doors.expected(
            provider,
            person,
            lambda one: self.model.numbers_of(PassportNumber(one))[0],
            knows_name=knows_name,
        )
        identity = cast.identity_of(person) if knows_name else Identity()
        reference = f"case-{person}"
        try:
            with self.transaction() as tx:
                found = register.register(tx, provider, identity, reference=reference)
                if isinstance(found, PossibleMatches):
                    if frozenset(found.candidates) != expected:
                        raise ViolationError("a door is asked about other people than it should be")
                    found = register.link(tx, provider, reference, found.candidates[0])
                elif expected != (None if found.is_new else found.participant_id):
                    raise ViolationError("a door gets a number that it should not get")
        except ErasedError:
            if expected != "erased":
                raise ViolationError("a door is refused that should not be") from None
            return
        if found.is_new and knows_name:
            self.doors.names[person].add(found.participant_id)
        self.doors.linked(provider, person, found.participant_id)

    # two numbers of one person

    def merge(self, person: int, into: int) -> None:
        """Two numbers turn out to be one person's."""
        who, other = (cast.people()[one - 1].participant_id for one in (person, into))
        try:
            with self.transaction() as tx:
                apply(tx, Merge(number=who, into=other))
        except (MergeError, RegisterError):
            self.tell("refused")
            return
        self.model.merged(who, other)

    def unmerge(self, person: int) -> None:
        """They were two people after all: the last number of this person's is parted."""
        who = self.model.numbers_of(cast.people()[person - 1].participant_id)[-1]
        try:
            with self.transaction() as tx:
                apply(tx, Unmerge(number=PassportNumber(who)))
        except (MergeError, RegisterError):
            self.tell("refused")
            return
        closed = self.model.unmerged(PassportNumber(who))
        granted = {
            fact["agreement"]: fact["granted"]
            for fact in map(json.loads, self.database.leaves)
            if fact.get("subject") == str(_somebody(PassportNumber(who)).ledger_id)
            and "agreement" in fact
        }
        if any(granted[one] for one in closed):
            raise ViolationError("what somebody else may have said is still open")

    # erasure

    def erase(self, person: int) -> None:
        """A participant asks to be forgotten: recorded, and everything closed at once."""
        who = cast.people()[person - 1].participant_id
        with self.transaction() as tx:
            record_erasure(tx, who)
        self.doors.erased(self.model.numbers_of(who))
        self.model.erased(who)

    def finish_erasure(self, person: int) -> None:
        """What is left of them is taken away, once every tray is without them."""
        one = cast.people()[person - 1]
        try:
            with self.transaction() as tx:
                finish_erasure(tx, one.participant_id)
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

    def mark_service(self, service: ServiceId) -> None:
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
        for participant_id in list(self.database.participants)[:upto]:
            with self.transaction() as tx:
                reseal_key(tx, cast.vault(*self.key_generations), participant_id)

    def drop_old_keys(self) -> None:
        """People's keys are sealed again, all of them, and the older journal keys destroyed."""
        self.reseal_keys(len(self.database.participants))
        self.key_generations = self.key_generations[:1]
        self.restart()

    def restart(self) -> None:
        """Every process of the filter ends, to be started again when it is needed."""
        for process in self.processes:
            process.is_dead = True


def _somebody(participant_id: PassportNumber) -> cast.Somebody:
    return next(one for one in cast.people() if one.participant_id == participant_id)
