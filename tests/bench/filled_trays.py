"""The shipped bus to measure readers by: people who consented, and trays that the filter filled."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from kafka import KafkaProducer
from sqlalchemy import insert

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.consent.standing_entries import standing_entry
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from consent_ledger.journal.sealed_keys import begin_epoch
from consent_ledger.journal.vault import new_salt
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import Subject
from consent_ledger.tables.consent import standing
from consent_ledger.tables.register import participant
from deploy.broker.topics import create_topics
from deploy.home.secret_files import create_secrets, load_secrets
from deploy.hub import Hub
from deploy.migrations.migrate import migrate
from deploy.operations.shards import acquire_shard, divide_partitions
from deploy.settings import Addresses, Settings, find_addresses
from schemas.code_lists import BOROUGHS
from schemas.codec import encode
from schemas.events import Event
from schemas.identifiers import PassportNumber, ProviderId, TopicName
from schemas.trays import in_tray, out_tray, partition_of
from tests.bench.copied_rows import copy_rows
from tests.bench.prepared_bus import new_passport_numbers
from tests.support.bus import SHIPPED_AGREEMENTS, SHIPPED_SERVICES
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_events

MODELS: Final = 500
"""So many different events of each kind there are."""
TRAYS: Final[Sequence[TopicName]] = tuple(out_tray(one.id) for one in SHIPPED_AGREEMENTS)


def hub_of(home: Path) -> Hub:
    """Return the hub of a home that `set_up` has made."""
    settings = Settings(home=home, partitions=PARTITIONS)
    addresses = replace(find_addresses(settings), manages_access=False)
    return Hub(settings, addresses, load_secrets(home, settings.ledger_name))


def set_up(home: Path, addresses: Addresses) -> Hub:
    """Make a bus with the agreements and services that are shipped."""
    migrate(addresses.database_owner_url)
    create_secrets(home)
    hub = hub_of(home)
    create_topics(
        addresses.kafka,
        [provider.id for provider in SHIPPED_SERVICES.providers],
        [agreement.id for agreement in SHIPPED_AGREEMENTS],
        partitions=PARTITIONS,
        replication=1,
        segment_ms=3_600_000,
    )
    divide_partitions(hub, 1)
    with hub.engine.begin() as connection:
        enter_services(hub.ledger.on(connection), SHIPPED_SERVICES)
        enter_agreements(hub.ledger.on(connection), SHIPPED_AGREEMENTS)
        begin_epoch(connection, hub.vault.epoch, datetime.now(UTC))
    filter_all(hub)  # enforce the agreements while nobody has events
    return hub


def add_people(hub: Hub, count: int) -> list[PassportNumber]:
    """Register people who were told of everything and consented to everything, in bulk."""
    people = {number: (uuid4(), new_salt()) for number in new_passport_numbers(count)}
    columns = ("participant_id", "ledger_id", "salt", "partition", "state", "sealed_key")
    with hub.engine.begin() as connection:
        rows = (
            (number, *of, partition_of(number, PARTITIONS), "active", hub.vault.new_key(number))
            for number, of in people.items()
        )
        copy_rows(connection, participant, columns, rows)
        for agreement in SHIPPED_AGREEMENTS:
            given = Standing(agreement.consent_mask, is_informed=True)
            tx = hub.ledger.on(connection)
            seqs = tx.append(
                [_leaf(number, *of, agreement, given) for number, of in people.items()]
            )
            connection.execute(
                insert(standing),
                [
                    {
                        "participant_id": number,
                        "agreement_id": agreement.id,
                        "granted": int(given.granted),
                        "excluded": [],
                        "is_informed": True,
                        "has_objected": False,
                        "seq": seq,
                    }
                    for number, seq in zip(people, seqs, strict=True)
                ],
            )
    return list(people)


def _leaf(
    number: PassportNumber, ledger_id: UUID, salt: bytes, agreement: Agreement, given: Standing
) -> bytes:
    who = Subject(number, ledger_id, partition_of(number, PARTITIONS))
    return standing_entry(EntryKind.GIVEN, who, salt, agreement, given).leaf(datetime.now(UTC))


def publish(hub: Hub, people: Sequence[PassportNumber], count: int) -> None:
    """Publish so many events of every kind, each with every block, in turn for these people."""
    producer = KafkaProducer(
        **hub.addresses.kafka.for_client(), linger_ms=20, batch_size=256 * 1024
    )
    events = _new_events(people)
    for _ in range(count):
        provider_id, number, value = next(events)
        producer.send(in_tray(provider_id), value, number.encode())
    producer.flush()
    producer.close()


def _new_events(
    people: Sequence[PassportNumber],
) -> Iterator[tuple[ProviderId, PassportNumber, bytes]]:
    """Yield provider, participant and event, for ever.

    Some are encoded; in the others id and participant are replaced, which are as long.
    """
    first = people[0]
    chance = random.Random(0)  # noqa: S311 - sample events, not secrets
    models = [
        (one.provider_id, one.event_id, encode(_varied(one, chance)))
        for _ in range(MODELS)
        for one in make_events(first)
    ]
    for number, model in zip(cycle(people), cycle(models), strict=False):
        provider_id, event_id, value = model
        about = value.replace(first.encode(), number.encode())
        yield provider_id, number, about.replace(event_id.encode(), str(uuid4()).encode())


def _varied(event: Event, chance: random.Random) -> Event:
    """Return an event with another date of birth, borough and outcome, as those of a city are."""
    born = date(1960, 1, 1) + timedelta(days=chance.randrange(365 * 45))
    reached = date(2025, 8, 1) + timedelta(days=chance.randrange(365))
    changes = {
        "identity": {"date_of_birth": born},
        "area": {"borough": chance.choice(sorted(BOROUGHS))},
        "progress": {"effective_from": reached, "hours_per_week": chance.randrange(8, 40) / 1.0},
    }
    return event.model_copy(
        update={
            block: getattr(event, block).model_copy(update=changed)
            for block, changed in changes.items()
        }
    )


def filter_all(hub: Hub) -> None:
    """Let the filter take what there is, in this process."""
    log = KafkaEventLog(hub.addresses.kafka, "filter-0")
    shard = acquire_shard(hub, 0, log)
    shard.turn(0)
    while shard.turn(1.0).events or shard.is_sweeping or shard.lag():
        pass
    log.close()
