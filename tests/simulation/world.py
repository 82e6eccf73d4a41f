"""A simulated bus: the production filter, consent and ledger over a log, a database and a clock.

Everything that happens follows from one seed. What may go wrong goes wrong between any two steps:
the filter dies, is replaced while it still runs, reads twice, is told that an append failed which
did not; the clock jumps; permissions, agreements and services change at any of these moments.
"""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from consent_ledger.agreements import Basis
from consent_ledger.audit import StoredEvent, StoredPerson, audit
from consent_ledger.consent import Consent, ConsentError
from consent_ledger.entering import _body
from consent_ledger.entries import Kind
from consent_ledger.filter.failpoints import Step
from consent_ledger.filter.records import OutRecord
from consent_ledger.filter.shard import Shard
from consent_ledger.filter.store import FencedError
from consent_ledger.ledger import Ledger, NewEntry
from consent_ledger.records import ParticipantRow
from schemas.categories import BLOCKS, Category
from schemas.codec import FIELD_AT
from schemas.framing import HEADER_BYTES, schema_id_of
from schemas.registry import schema_by_id
from schemas.trays import in_tray, partition_of
from tests.fakes import FencedInMemoryError, ManualClock, MemoryBroker, MemoryLog
from tests.simulation import cast
from tests.simulation.database import MemoryDatabase, MemoryRecords, MemoryStore, ShardRow

SHARD = 0
STEPS = 14
OUTSIDE_TRANSACTIONS = (
    Step.AFTER_READ,
    Step.AFTER_JOURNAL,
    Step.AFTER_APPEND,
    Step.AFTER_POSITIONS,
)
"""Where somebody else can do something: a transaction of the database lets nobody in between."""


class KilledError(BaseException):
    """Stands for kill -9."""


class LostAckError(BaseException):
    """Kafka took the batch, and its answer never came: the filter ends."""


class ViolationError(AssertionError):
    """Something happened that must never happen."""


class WatchedLog(MemoryLog):
    """A log that shows each batch to the world before it takes it, and may lose its answer."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.broker, "filter-0")
        self._world = world
        self.loses_ack = False

    def append(self, records: Sequence[OutRecord]) -> None:
        """See `Log`."""
        super().append(records)
        self._world.check_appended(records)
        if self.loses_ack and records:
            raise LostAckError


def open_blocks(value: bytes) -> set[str]:
    """Return the categories whose blocks hold something in these bytes."""
    at = schema_by_id(schema_id_of(value)).walk(value, HEADER_BYTES)
    return {one.value for one in BLOCKS if value[at[FIELD_AT[one.value]]]}


class World:
    """One history, from a seed to rest."""

    def __init__(self, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.random = random.Random(seed)  # noqa: S311 - histories, not secrets
        self.trace = trace
        self.clock = ManualClock()
        self.broker = MemoryBroker()
        self.version = 0
        self.services = dict(cast.SERVICES)
        self.database = MemoryDatabase(cast.terms(0, dict.fromkeys(cast.agreements(0), 0), {}))
        self.database.shards[SHARD] = ShardRow(tuple(range(cast.PARTITIONS)), 0, self.clock())
        for one in cast.people():
            self.database.participants[one.participant_id] = ParticipantRow(
                one.participant_id, one.ledger_id, one.partition, "active", one.salt
            )
            self.database.keys[one.participant_id] = one.sealed_key
        self.ledger: Ledger[MemoryDatabase] = Ledger(MemoryRecords, self.clock)
        self.consent = Consent(self.ledger, self.clock)
        self.enter_services(self.services)
        self.enter_agreements()
        self.said: dict[tuple[str, str], tuple[set[str], datetime | None, int]] = {}
        self.crowd = cast.people()[: self.random.choice((1, 1, cast.PEOPLE))]
        self.agreements = list(cast.agreements(0))[: self.random.choice((1, 1, 3))]
        faults = (self.die, self.lose_ack, self.be_replaced, self.be_interrupted)
        self.faults = self.random.choice((faults, *((one,) for one in faults)))
        self.shard = self.new_shard()

    # what may happen

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
            ),
            weights=[self.random.choice((1, 3, 8)) for _ in range(6)],
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
        what = self.random.choice(("grant", "grant", "withdraw", "inform", "object", "end"))
        self.tell("%s %s %s", what, person, agreement)
        try:
            with self.database.transaction():
                self._say(what, person, agreement)
        except ConsentError:
            self.tell("  refused")

    def _say(self, what: str, person: str, agreement: str) -> None:
        """Say it to the bus, and to a plain model of what was said; the entry must agree."""
        asked = cast.agreements(self.version)[agreement].categories
        on_consent = {one.value for one in asked if asked[one].basis is Basis.CONSENT}
        some = self.random.sample(list(Category), self.random.randint(1, 6))
        granted, until, left_out = self.said.get((person, agreement), (set(), None, 0))
        if what == "grant":
            until_now, until = until, self.random.choice((None, self.clock() + timedelta(days=1)))
            excluded = self.random.sample(cast.PROVIDERS, self.random.choice((0, 0, 1)))
            chosen = [one for one in (*some, Category.PARTICIPATION) if one in on_consent] or None
            self.consent.grant(
                self.database, person, agreement, chosen, until=until, excluded=excluded
            )
            has_run_out = until_now is not None and until_now <= self.clock()
            granted = (set() if has_run_out else granted & on_consent) | set(chosen or on_consent)
            left_out = len(excluded)
        elif what == "withdraw":
            chosen = self.random.choice((some, None))
            self.consent.withdraw(self.database, person, agreement, chosen)
            granted = granted - set(granted if chosen is None else chosen)
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
        """A successor takes over and works in the middle of a turn; the predecessor goes on."""
        step = self.random.choice(OUTSIDE_TRANSACTIONS)
        self.tell("turn, replaced %s", step)

        def failpoint(at: Step) -> None:
            if at is step and self.shard is zombie:
                self.shard = self.new_shard()
                if self.random.random() < 0.5:
                    self.speak()
                self.shard.turn(0)

        zombie = self.shard = self.new_shard(failpoint)
        try:
            zombie.turn(0)
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

    # what must hold

    def check_trays(self) -> None:
        """At rest every tray equals the naive function."""
        report = audit(self, cast.VAULT, cast.PEPPER, self.broker.read, self.clock())
        if report.differences:
            raise ViolationError(f"at rest: {report.differences[0]}")

    def check_appended(self, records: Sequence[OutRecord]) -> None:
        """Each append was permitted by a state of the ledger since the last that was enforced."""
        for record in records:
            if record.value is not None and record.topic == "out.wide.purpose":
                self._check_permitted(record)

    def _check_permitted(self, record: OutRecord) -> None:
        participant_id = record.key.decode().partition("|")[0]
        opened = open_blocks(record.value or b"")
        if not any(opened <= state for state in self._states(participant_id)):
            raise ViolationError(f"a record opens {sorted(opened)}, which was not permitted")

    def _states(self, participant_id: str) -> Iterable[set[str]]:
        """Yield what was open for somebody in each state since the last that is enforced."""
        wanted = str(self.database.participants[participant_id].ledger_id)
        enforced = self.database.shards[SHARD].next_seq
        latest: set[str] = set()
        for seq, leaf in enumerate(self.database.leaves):
            fact = json.loads(leaf)
            if fact.get("subject") == wanted and fact.get("agreement") == "wide.purpose":
                if seq >= enforced:
                    yield latest
                latest = set(fact["granted"]) | {"participation"} if fact["granted"] else set()
        yield latest

    # the audit's view, and the rest

    def leaves(self) -> Iterable[bytes]:
        """See `StoredFacts`."""
        return self.database.leaves

    def people(self) -> Iterable[StoredPerson]:
        """See `StoredFacts`."""
        return (
            StoredPerson(one.participant_id, str(one.ledger_id), one.salt, one.sealed_key)
            for one in cast.people()
        )

    def events(self) -> Iterable[StoredEvent]:
        """See `StoredFacts`."""
        for key in sorted(self.database.journal):
            rows = self.database.journal[key]
            for revision in sorted(rows):
                yield StoredEvent(*key, rows[revision].sealed)

    def new_shard(self, failpoint: Callable[[Step], None] = lambda _: None) -> Shard:
        """Return a shard that has taken over."""
        shard = Shard(
            SHARD,
            MemoryStore(self.database),
            WatchedLog(self),
            vault=cast.VAULT,
            pepper=cast.PEPPER,
            partitions=cast.PARTITIONS,
            clock=self.clock,
            is_woken=lambda: True,
            failpoint=failpoint,
            max_records=3,
        )
        shard.take_over()
        return shard

    def enter_services(self, services: Mapping[str, bool]) -> None:
        """Enter services as the hub does."""
        with self.database.transaction():
            self.ledger.record(
                self.database,
                [
                    NewEntry(Kind.SERVICE, service_id=one, facts={"sensitive": sensitive})
                    for one, sensitive in services.items()
                ],
            )
            self._set_terms({})

    def enter_agreements(self) -> None:
        """Enter the agreements of the present version as the hub does."""
        new = cast.agreements(self.version)
        with self.database.transaction():
            seqs = self.ledger.record(
                self.database,
                [
                    NewEntry(Kind.AGREEMENT, agreement_id=one.id, facts={"terms": _body(one)})
                    for one in new.values()
                ],
            )
            self._set_terms(dict(zip(new, seqs, strict=True)))

    def _set_terms(self, seqs: Mapping[str, int]) -> None:
        before = {name: one.seq for name, one in self.database.terms.agreements.items()}
        self.database.terms = cast.terms(self.version, before | dict(seqs), self.services)

    def tell(self, message: str, *details: object) -> None:
        """Add a line to the trace, where one is kept."""
        if self.trace:
            self.trace(message % details)
