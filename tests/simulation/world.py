"""A simulated bus: the production filter, consent and ledger over a log, a database and a clock.

It watches what must hold at every append and at rest; what happens to it is a history's matter.
"""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence

from consent_ledger.agreements import Agreement
from consent_ledger.audit import StoredEvent, StoredPerson, audit
from consent_ledger.consent import standing_entry
from consent_ledger.entering import _body
from consent_ledger.entries import Kind
from consent_ledger.filter.failpoints import Step
from consent_ledger.filter.records import OutRecord
from consent_ledger.filter.shard import Shard
from consent_ledger.ledger import Ledger, NewEntry
from consent_ledger.passport_numbers import ParticipantRow
from consent_ledger.register import active
from schemas.categories import BLOCKS, Mask
from schemas.codec import FIELD_AT
from schemas.framing import HEADER_BYTES, schema_id_of
from schemas.registry import schema_by_id
from tests.fakes import ManualClock, MemoryBroker, MemoryLog
from tests.simulation import cast
from tests.simulation.database import MemoryDatabase, ShardRow
from tests.simulation.records import MemoryRecords
from tests.simulation.store import MemoryStore

SHARD = 0


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
    """A bus, as it is at the beginning of a history."""

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
        self.enter_services(self.services)
        self.enter_agreements()
        self.shard = self.new_shard()

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
            self._close_what_is_dropped(new)

    def _close_what_is_dropped(self, new: Mapping[str, Agreement]) -> None:
        """Narrow grants as the hub does for a new version."""
        for participant_id, held in self.database.standings.items():
            who, salt = active(self.database.participants[participant_id])
            for agreement_id, before in list(held.items()):
                left = before.without(Mask(~new[agreement_id].consent_mask))
                if left != before:
                    entry = standing_entry(Kind.NARROWED, who, salt, new[agreement_id], left)
                    (seq,) = self.ledger.record(self.database, [entry])
                    held[agreement_id] = left._replace(seq=seq)

    def _set_terms(self, seqs: Mapping[str, int]) -> None:
        before = {name: one.seq for name, one in self.database.terms.agreements.items()}
        self.database.terms = cast.terms(self.version, before | dict(seqs), self.services)

    def tell(self, message: str, *details: object) -> None:
        """Add a line to the trace, where one is kept."""
        if self.trace:
            self.trace(message % details)
