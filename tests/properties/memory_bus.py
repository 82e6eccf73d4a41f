"""A whole bus in memory, for properties: the production filter, consent and ledger code."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import AgreementsInForce, InForce
from consent_ledger.filter.failpoints import Step
from consent_ledger.filter.shard import Shard, ShardSettings
from consent_ledger.journal.vault import Vault
from consent_ledger.register.passport_numbers import ParticipantRow
from consumers.tray import TrayRecord
from schemas.codec import encode
from schemas.events import Event
from schemas.trays import in_tray, out_tray, partition_of
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.event_strategies import PROVIDERS
from tests.support.fakes import ManualClock, MemoryBroker, MemoryLog
from tests.support.memory.database import MemoryDatabase, ShardRow
from tests.support.memory.store import MemoryStore
from tests.support.memory.transaction import MemoryLedgerTransaction
from tests.support.trays_planned import SERVICES

VAULT = Vault([bytes(32)], PEPPER)


class MemoryBus:
    """Agreements in force, people who were registered, a filter that runs when it is told to."""

    def __init__(self, agreements: Sequence[Agreement], people: Iterable[str]) -> None:
        self.clock = ManualClock()
        self.broker = MemoryBroker()
        in_force = {one.id: InForce(one, at) for at, one in enumerate(agreements)}
        self.terms = AgreementsInForce(in_force, SERVICES, frozenset(PROVIDERS))
        self.database = MemoryDatabase(self.terms)
        self.database.leaves += [b"{}"] * len(agreements)
        now = self.clock()
        self.database.shards[0] = ShardRow(tuple(range(PARTITIONS)), 0, now, now)
        for number in people:
            self.database.participants[number] = ParticipantRow(
                number, uuid.uuid4(), partition_of(number, PARTITIONS), "active", bytes(16)
            )
            self.database.keys[number] = VAULT.new_key(number)
        self.tx = MemoryLedgerTransaction(self.database, self.clock)
        self.shard = self.new_shard()

    def new_shard(self, failpoint: Callable[[Step], None] = lambda _: None) -> Shard:
        """Return a shard that has just taken over."""
        settings = ShardSettings(
            0,
            vault=VAULT,
            pepper=PEPPER,
            partitions=PARTITIONS,
            clock=self.clock,
            check_every=timedelta(0),
            failpoint=failpoint,
            tick_every=timedelta(days=9_999),
        )
        log = MemoryLog(self.broker, "filter-0")
        return Shard.acquire(MemoryStore(self.database), log, settings)

    def publish(self, event: Event) -> None:
        """Put an event into its provider's in-tray."""
        self.broker.append(
            in_tray(event.provider_id),
            partition_of(event.participant_id, PARTITIONS),
            event.participant_id.encode(),
            encode(event),
        )

    def turn(self) -> None:
        """Let the filter do a turn."""
        self.shard.turn(0)

    def records(self, agreement_id: str) -> list[TrayRecord]:
        """Return everything that a recipient was ever sent, partition by partition."""
        topic = out_tray(agreement_id)
        return [
            TrayRecord(topic, partition, offset, one.key, one.value, tuple(one.headers))
            for (name, partition), log in sorted(self.broker.partitions.items())
            if name == topic
            for offset, one in enumerate(log)
        ]
