"""A whole bus for a test: the real ledger and filter on a real PostgreSQL, a log in memory."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from consent_ledger.agreements.agreement import Agreement, load_agreements
from consent_ledger.agreements.services import load_services
from consent_ledger.audit import AuditReport, PostgresFacts, audit
from consent_ledger.consent.changes import (
    ALL,
    Grant,
    LedgerChange,
    Merge,
    Narrowing,
    Unmerge,
    Withdrawal,
)
from consent_ledger.consent.consent import apply
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.consent.standings import standing_of
from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings, TurnReport
from consent_ledger.filter.shards import create_shards
from consent_ledger.journal.vault import Vault
from consent_ledger.register.register import Register, RegisteredPerson
from consent_ledger.tables.transparency_log import entry
from consent_ledger.transaction import PostgresLedger
from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.verification.ledger_verification import verify_ledger
from deploy.home.signing_key_file import SigningKeyFile
from schemas.blocks import Identity
from schemas.categories import Category
from schemas.codec import decode, encode
from schemas.events import Event
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ProviderId, ServiceId
from schemas.trays import in_tray, out_tray, partition_of
from tests.support.fakes import ManualClock, MemoryBroker, MemoryEventLog

SHIPPED = Path(__file__).parents[2] / "deploy"
SHIPPED_AGREEMENTS = tuple(load_agreements(SHIPPED / "agreements"))
SHIPPED_SERVICES = load_services(SHIPPED / "services.yaml")
PARTITIONS = 4
PEPPER = b"a pepper for tests, 32 bytes long"
LEDGER_NAME = "example.org/ledger"


@dataclass
class Bus:
    """Everything one test needs; `turn` runs the filter until it has nothing to do."""

    engine: Engine
    clock: ManualClock = field(default_factory=ManualClock)
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    vault: Vault = field(default_factory=lambda: Vault([bytes(32)], PEPPER))
    shards: int = 1
    agreements: Sequence[Agreement] = SHIPPED_AGREEMENTS
    signing_key: SigningKey | SigningKeyFile = field(
        default_factory=lambda: SigningKey.generate(LEDGER_NAME)
    )

    def __post_init__(self) -> None:
        self.verifier_key = self.signing_key.verifier_key
        self.ledger = PostgresLedger(self.engine, self.signing_key, self.clock)
        self.register = Register(pepper=PEPPER, vault=self.vault, partitions=PARTITIONS)
        with self.ledger.begin() as tx:
            enter_services(tx, SHIPPED_SERVICES)
            enter_agreements(tx, self.agreements)
            create_shards(tx.connection, PARTITIONS, self.shards, self.clock())
        self.shard = self.new_shard()

    def new_shard(self, failpoint: Failpoint = no_failpoint, shard_id: int = 0) -> Shard:
        """Return a shard that has just taken over."""
        settings = ShardSettings(
            shard_id,
            vault=self.vault,
            pepper=PEPPER,
            partitions=PARTITIONS,
            clock=self.clock,
            check_every=timedelta(0),
            failpoint=failpoint,
        )
        log = MemoryEventLog(self.broker, f"filter-{shard_id}")
        return Shard.acquire(PostgresStore(self.engine), log, settings)

    def participant(self, provider_id: ProviderId = ProviderId("borough-d")) -> PassportNumber:
        """Register somebody and return the passport number."""
        with self.ledger.begin() as tx:
            found = self.register.register(tx, provider_id, Identity())
        assert isinstance(found, RegisteredPerson)
        return found.participant_id

    def publish(self, *events: Event) -> None:
        """Put events into their providers' in-trays."""
        for event in events:
            self.broker.append(
                in_tray(event.provider_id),
                partition_of(event.participant_id, PARTITIONS),
                event.participant_id.encode(),
                encode(event),
            )

    def enter(self, change: LedgerChange) -> LedgerIndex:
        """Enter a change in a transaction of its own; return the entry."""
        with self.ledger.begin() as tx:
            return apply(tx, change)

    def grant(
        self,
        participant_id: PassportNumber,
        agreement_id: AgreementId,
        *categories: Category,
        until: datetime | None = None,
        excluded: Iterable[ProviderId] | None = None,
    ) -> LedgerIndex:
        """Give consent: to all that the agreement asks, unless categories are named."""
        return self.enter(
            Grant(
                number=participant_id,
                agreement=agreement_id,
                categories=frozenset(categories) or ALL,
                until=until,
                excluded=None if excluded is None else frozenset(excluded),
            )
        )

    def withdraw(
        self, participant_id: PassportNumber, agreement_id: AgreementId, *categories: Category
    ) -> LedgerIndex:
        """Withdraw consent: all of it, unless categories are named."""
        if not categories:
            return self.enter(Withdrawal(number=participant_id, agreement=agreement_id))
        return self.enter(
            Narrowing(
                number=participant_id, agreement=agreement_id, categories=frozenset(categories)
            )
        )

    def merge(self, participant_id: PassportNumber, into: PassportNumber) -> LedgerIndex:
        """Merge a number into another one."""
        return self.enter(Merge(number=participant_id, into=into))

    def unmerge(self, participant_id: PassportNumber) -> LedgerIndex:
        """Part a number from the one it was merged into."""
        return self.enter(Unmerge(number=participant_id))

    def mark(self, is_sensitive: Mapping[ServiceId, bool]) -> None:
        """Enter the services as they are shipped, but for how these are marked."""
        services = tuple(
            one.model_copy(update={"sensitive": is_sensitive.get(one.id, one.sensitive)})
            for one in SHIPPED_SERVICES.services
        )
        directory = SHIPPED_SERVICES.model_copy(update={"services": services})
        with self.ledger.begin() as tx:
            enter_services(tx, directory)

    def standing(self, participant_id: PassportNumber, agreement_id: AgreementId) -> Standing:
        """Return how somebody stands towards an agreement now."""
        with self.engine.connect() as connection:
            return standing_of(connection, participant_id, agreement_id)

    def leaf(self, seq: int | None = None) -> dict[str, Any]:
        """Return what an entry of the ledger says, the last one's by default."""
        wanted = select(entry.c.leaf).order_by(entry.c.seq.desc())
        if seq is not None:
            wanted = wanted.where(entry.c.seq == seq)
        with self.engine.connect() as connection:
            content: dict[str, Any] = json.loads(connection.execute(wanted).scalars().first() or "")
        return content

    def turn(self, shard: Shard | None = None) -> TurnReport:
        """Run one turn."""
        return (shard or self.shard).turn(0)

    def tray(self, agreement_id: AgreementId) -> dict[bytes, dict[str, object]]:
        """Return what stands in a tray now, decoded, by key."""
        held: dict[bytes, dict[str, object]] = {}
        for record in self.broker.read(out_tray(agreement_id)):
            if record.value is None:
                held.pop(record.key, None)
            else:
                held[record.key] = decode(record.value)
        return held

    def audit(self) -> AuditReport:
        """Compare every tray with the naive function, once the ledger is known to be sound."""
        with self.engine.connect() as connection:
            found = verify_ledger(connection, self.verifier_key)
            assert found.is_sound, found.faults
        with self.engine.connect() as connection:
            return audit(
                PostgresFacts(connection), self.vault, PEPPER, self.broker.read, self.clock()
            )

    def assert_holds(self) -> None:
        """Assert that the audit finds no difference."""
        assert self.audit().differences == []
