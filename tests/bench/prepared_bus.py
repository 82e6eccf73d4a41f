"""A bus to measure: its tables, topics and agreements, people who consented, and their events."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from kafka import KafkaProducer
from sqlalchemy import text

from consent_ledger.agreements.agreement import Agreement, Basis, CategoryTerms
from consent_ledger.agreements.services import Directory, Provider, Service
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.filter.shard import Shard
from consent_ledger.journal.sealed_keys import begin_epoch
from consent_ledger.journal.vault import new_salt
from consent_ledger.tables.consent import standing
from consent_ledger.tables.register import participant
from deploy.broker.topics import create_topics
from deploy.home.secret_files import create_secrets, load_secrets
from deploy.hub import Hub
from deploy.migrations.migrate import migrate
from deploy.operations.shards import divide_partitions
from deploy.settings import Addresses, Settings
from schemas.blocks import Area, Progress
from schemas.categories import Category
from schemas.codec import encode
from schemas.events import Outcome, OutcomeParticipation, OutcomeStage, Source
from schemas.identifiers import (
    AgreementId,
    EventId,
    PassportNumber,
    ProviderId,
    ServiceId,
    new_passport_number,
)
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray, partition_of
from tests.bench.copied_rows import copy_rows
from tests.support.bus_settings import PARTITIONS

PROVIDER: Final = ProviderId("college-c")
SERVICE: Final = ServiceId("college-c.courses")


def set_up(
    home: Path, addresses: Addresses, agreement_ids: Sequence[AgreementId], spare: AgreementId
) -> Hub:
    """Make a bus with these agreements, their trays, and that of a spare one."""
    create_topics(
        addresses.kafka,
        [PROVIDER],
        [*agreement_ids, spare],
        partitions=PARTITIONS,
        replication=1,
        segment_ms=3_600_000,
    )
    return new_bus(home, addresses, agreement_ids)


def new_bus(home: Path, addresses: Addresses, agreement_ids: Sequence[AgreementId]) -> Hub:
    """Make a bus with these agreements, each on consent, as far as PostgreSQL has it."""
    settings = Settings(home=home, partitions=PARTITIONS)
    migrate(addresses.database_owner_url)
    create_secrets(home)
    hub = Hub(settings, addresses, load_secrets(home, settings.ledger_name))
    on_consent = CategoryTerms(basis=Basis.CONSENT)
    agreements = [
        Agreement(
            id=agreement_id,
            version=1,
            recipient_name="A recipient",
            plain="An agreement that measures how fast the bus is.",
            events=frozenset({"outcome"}),
            categories={Category.PARTICIPATION: on_consent, Category.PROGRESS: on_consent},
            retention_days=1,
        )
        for agreement_id in agreement_ids
    ]
    directory = Directory(
        providers=(Provider(id=PROVIDER, name="A college"),),
        services=(Service(id=SERVICE, name="Courses", sensitive=False),),
    )
    divide_partitions(hub, 1)
    with hub.engine.begin() as connection:
        enter_services(hub.ledger.on(connection), directory)
        enter_agreements(hub.ledger.on(connection), agreements)
        begin_epoch(connection, hub.vault.epoch, datetime.now(UTC))
    return hub


def enforce_terms(shard: Shard) -> None:
    """Let a shard carry out the first terms, while nobody has events."""
    shard.turn(0)
    while shard.is_sweeping:
        shard.turn(0)


def new_passport_numbers(count: int) -> list[PassportNumber]:
    """Return so many, no two alike: of 100,000 that are drawn two are, in one run of 200."""
    numbers: set[PassportNumber] = set()
    while len(numbers) < count:
        numbers.add(new_passport_number())
    return list(numbers)


def register(hub: Hub, count: int, agreement_ids: Sequence[AgreementId]) -> list[PassportNumber]:
    """Register people and their consent in bulk, as tables: the ledger is not what is measured."""
    people = new_passport_numbers(count)
    granted = int(Category.PARTICIPATION.bit | Category.PROGRESS.bit)
    with hub.engine.begin() as connection:
        copy_rows(
            connection,
            participant,
            (
                "participant_id",
                "ledger_id",
                "salt",
                "partition",
                "state",
                "sealed_key",
                "registered_by",
            ),
            (
                (
                    one,
                    uuid4(),
                    new_salt(),
                    partition_of(one, PARTITIONS),
                    "active",
                    hub.vault.new_key(PassportNumber(one)),
                    PROVIDER,
                )
                for one in people
            ),
        )
        copy_rows(
            connection,
            standing,
            (
                "participant_id",
                "agreement_id",
                "granted",
                "excluded",
                "is_informed",
                "has_objected",
                "seq",
            ),
            (
                (one, agreement_id, granted, [], False, False, 1)
                for one in people
                for agreement_id in agreement_ids
            ),
        )
        connection.execute(text("ANALYZE"))  # as the server does by itself after a while
    return people


def publish(kafka: KafkaConnection, people: Sequence[str], count: int) -> int:
    """Publish so many events, in turn for these people; return an event's size in bytes."""
    producer = KafkaProducer(**kafka.for_client(), linger_ms=20, batch_size=256 * 1024)
    events, size = new_events(people), 0
    for _ in range(count):
        participant_id, value = next(events)
        producer.send(in_tray(PROVIDER), value, participant_id.encode())
        size = len(value)
    producer.flush()
    producer.close()
    return size


def new_events(people: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield participant and event, of about 200 bytes, in turn for these people, for ever.

    One event is encoded; in the others its id and its participant are replaced, which are as long.
    """
    event = Outcome(
        event_id=EventId(str(uuid4())),
        participant_id=PassportNumber(people[0]),
        provider_id=PROVIDER,
        occurred_at=datetime(2026, 5, 4, tzinfo=UTC),
        recorded_at=datetime(2026, 5, 4, tzinfo=UTC),
        source=Source(system="crm", reference="case-1"),
        participation=OutcomeParticipation(
            service_id=SERVICE, programme="Skills for work", stage=OutcomeStage.RECORDED
        ),
        area=Area(borough="Southwark", postcode_district="SE1"),
        progress=Progress(category="EMP", code="1", hours_per_week=24.0, employer="Sample Ltd"),
    )
    value, event_id = encode(event), event.event_id.encode()
    while True:
        for one in people:
            about_one = value.replace(people[0].encode(), one.encode())
            yield one, about_one.replace(event_id, str(uuid4()).encode())
