"""A whole bus for a test: the real ledger and filter on either ground, over a log in memory."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, select
from typing_extensions import override

from consent_ledger.agreements.agreement import Agreement, load_agreements
from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.agreements.services import Directory, load_services
from consent_ledger.audit.auditing import audit
from consent_ledger.audit.differences import AuditReport
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
from consent_ledger.consent.standing_entries import standing_entry
from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from consent_ledger.filter.portions import MAX_EVENTS
from consent_ledger.filter.shard import Shard, ShardSettings, TurnReport
from consent_ledger.filter.ticks import TICK_EVERY
from consent_ledger.journal.vault import Vault, new_salt
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import record
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.passport_numbers import ParticipantRow, active
from consent_ledger.register.register import Register
from consent_ledger.tables.transparency_log import entry
from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.verification.ledger_verification import verify_ledger
from deploy.home.signing_key_file import SigningKeyFile
from schemas.blocks import Identity
from schemas.categories import Category
from schemas.codec import decode, encode
from schemas.events import Event
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ProviderId
from schemas.trays import TrayRecord, in_tray, out_tray, partition_of
from tests.support.audit_in_shares import audit_in_shares
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.fakes import MemoryBroker, MemoryEventLog
from tests.support.ground import Ground
from tests.support.postgres_ground import LEDGER_NAME, PostgresGround

SHIPPED = Path(__file__).parents[2] / "deploy"
SHIPPED_AGREEMENTS = tuple(load_agreements(SHIPPED / "agreements"))
SHIPPED_SERVICES = load_services(SHIPPED / "services.yaml")


class AnyBus:
    """The real ledger and filter on either ground; `turn` lets the filter do what there is."""

    shard: Shard

    def __init__(
        self,
        ground: Ground,
        vault: Vault | None = None,
        tick_every: timedelta = TICK_EVERY,
    ) -> None:
        self.ground = ground
        self.clock = ground.clock
        self.broker = MemoryBroker(self.clock)
        self.vault = vault or Vault([bytes(32)], PEPPER)
        self._tick_every = tick_every

    def set_up(
        self, agreements: Sequence[Agreement], directory: Directory, shards: int = 1
    ) -> None:
        """Enter services and agreements, and start the filter."""
        with self.ground.begin() as tx:
            enter_services(tx, directory)
            enter_agreements(tx, agreements)
            tx.begin_epoch(self.vault.epoch)
        self.ground.share_out(PARTITIONS, shards)
        self.shard = self.new_shard()

    def add_people(self, numbers: Iterable[PassportNumber]) -> None:
        """Let there be people who were registered long ago."""
        for number in numbers:
            partition = partition_of(number, PARTITIONS)
            row = ParticipantRow(number, uuid4(), partition, "active", new_salt())
            self.ground.add_person(row, self.vault.new_key(number))

    def new_shard(
        self,
        failpoint: Failpoint = no_failpoint,
        shard_id: int = 0,
        max_events: int = MAX_EVENTS,
    ) -> Shard:
        """Return a shard that has just taken over, and looks at so many events again in a turn."""
        settings = ShardSettings(
            shard_id,
            vault=self.vault,
            pepper=PEPPER,
            partitions=PARTITIONS,
            clock=self.clock,
            check_every=timedelta(0),
            failpoint=failpoint,
            tick_every=self._tick_every,
            max_events=max_events,
            lots=Random(shard_id),  # noqa: S311 - the same in every run
        )
        return Shard.acquire(self.ground.store, self.open_log(shard_id), settings)

    def open_log(self, shard_id: int) -> MemoryEventLog:
        """Return a log of a shard."""
        return MemoryEventLog(self.broker, f"filter-{shard_id}")

    def divide(self, shards: int) -> list[Shard]:
        """Divide the partitions anew, and return the shards, which have just taken over."""
        self.ground.share_out(PARTITIONS, shards, self.open_log)
        return [self.new_shard(shard_id=shard_id) for shard_id in self.ground.shards]

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
        with self.ground.begin() as tx:
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

    def terms(self) -> AgreementsInForce:
        """Return the agreements, services and providers in force."""
        with self.ground.begin() as tx:
            return tx.agreements_in_force()

    def stand(
        self, numbers: Iterable[PassportNumber], standings: Mapping[AgreementId, Standing]
    ) -> None:
        """Enter how people stand towards agreements, in whichever way that is to be."""
        places = [(number, one) for number in numbers for one in standings]
        people = self.ground.participants
        with self.ground.begin() as tx:
            in_force = tx.agreements_in_force().agreements
            entries = []
            for number, one in places:
                who, salt = active(people[number])
                agreement = in_force[one].agreement
                entries.append(
                    standing_entry(EntryKind.GIVEN, who, salt, agreement, standings[one])
                )
            for seq, (number, one) in zip(record(tx, entries), places, strict=True):
                tx.set_standing(number, one, standings[one]._replace(seq=seq))

    def standing(self, participant_id: PassportNumber, agreement_id: AgreementId) -> Standing:
        """Return how somebody stands towards an agreement now."""
        with self.ground.begin() as tx:
            return tx.standing(participant_id, agreement_id)

    def turn(self, shard: Shard | None = None) -> TurnReport:
        """Run one turn, and those that it takes to sweep what does not fit into it."""
        its = shard or self.shard
        report = its.turn(0)
        while its.is_sweeping:
            report.add(its.turn(0))
        return report

    def records(self, agreement_id: AgreementId) -> list[TrayRecord]:
        """Return everything that a recipient was ever sent, partition by partition."""
        topic = out_tray(agreement_id)
        return [
            TrayRecord(
                topic, partition, offset, one.key, one.value, tuple(one.headers), one.timestamp_ms
            )
            for (name, partition), log in sorted(self.broker.partitions.items())
            if name == topic
            for offset, one in enumerate(log)
        ]

    def tray(self, agreement_id: AgreementId) -> dict[bytes, dict[str, object]]:
        """Return what stands in a tray now, decoded, by key."""
        held: dict[bytes, dict[str, object]] = {}
        for one in self.broker.read(out_tray(agreement_id)):
            if one.value is None:
                held.pop(one.key, None)
            else:
                held[one.key] = decode(one.value)
        return held

    def audit(self) -> AuditReport:
        """Compare every tray with the naive function: in shares it says the same."""
        with self.ground.facts() as facts:
            broker = self.broker
            topics = {topic for topic, _ in broker.partitions}
            report = audit(
                facts,
                self.vault,
                PEPPER,
                broker.read,
                self.clock(),
                partitions=PARTITIONS,
                topics=topics,
            )
            in_shares = audit_in_shares(facts, self.vault, broker.read, self.clock(), topics)
        assert asdict(in_shares) == asdict(report), "shares say something else than one"
        return report

    def assert_holds(self) -> None:
        """Assert that the audit finds no difference."""
        assert self.audit().differences == []


class Bus(AnyBus):
    """A bus on PostgreSQL, as it is shipped unless it is told otherwise."""

    ground: PostgresGround

    def __init__(
        self,
        engine: Engine,
        *,
        shards: int = 1,
        agreements: Sequence[Agreement] = SHIPPED_AGREEMENTS,
        signing_key: SigningKey | SigningKeyFile | None = None,
    ) -> None:
        signer = signing_key or SigningKey.generate(LEDGER_NAME)
        ground = PostgresGround(engine, signer)
        super().__init__(ground)
        self.engine = engine
        self.ledger = ground.ledger
        self.verifier_key = signer.verifier_key
        self.register = Register(pepper=PEPPER, vault=self.vault, partitions=PARTITIONS)
        self.set_up(agreements, SHIPPED_SERVICES, shards)

    def participant(self, provider_id: ProviderId = ProviderId("borough-d")) -> PassportNumber:
        """Register somebody and return the passport number."""
        with self.ledger.begin() as tx:
            found = self.register.register(tx, provider_id, Identity())
        assert isinstance(found, RegisteredPerson)
        return found.participant_id

    def mark(self, is_sensitive: Mapping[str, bool]) -> None:
        """Enter the services as they are shipped, but for how these are marked."""
        services = tuple(
            one.model_copy(update={"sensitive": is_sensitive.get(one.id, one.sensitive)})
            for one in SHIPPED_SERVICES.services
        )
        directory = SHIPPED_SERVICES.model_copy(update={"services": services})
        with self.ledger.begin() as tx:
            enter_services(tx, directory)

    def leaf(self, seq: int | None = None) -> dict[str, Any]:
        """Return what an entry of the ledger says, the last one's by default."""
        wanted = select(entry.c.leaf).order_by(entry.c.seq.desc())
        if seq is not None:
            wanted = wanted.where(entry.c.seq == seq)
        with self.engine.connect() as connection:
            content: dict[str, Any] = json.loads(connection.execute(wanted).scalars().first() or "")
        return content

    @override
    def audit(self) -> AuditReport:
        """Compare every tray with the naive function, once the ledger is known to be sound."""
        with self.engine.connect() as connection:
            found = verify_ledger(connection, self.verifier_key)
            assert found.is_sound, found.faults
        return super().audit()
