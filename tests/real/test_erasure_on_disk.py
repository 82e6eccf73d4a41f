"""On a real Kafka's disk: after an erasure and a tick, not a byte of the person is left."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from sqlalchemy import create_engine

from consent_ledger.filter.log import KafkaLog
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard
from consent_ledger.pseudonyms import Pseudonyms
from consent_ledger.rights.erasure import Erasure
from consent_ledger.rights.read_back import names_of, scan_tray
from consent_ledger.terms import read_terms
from consumers.tray_reader import read_tray
from deploy.embedded.kafka import DATA, EmbeddedKafka
from deploy.topics import create_topics
from schemas.blocks import Identity
from schemas.codec import encode
from schemas.events import Event
from schemas.trays import in_tray, out_tray, partition_of
from tests.bus import PARTITIONS, PEPPER, Bus
from tests.factories import make_events
from tests.plugins.server_folder import server_folder
from tests.segment_files import OnDisk, holding

SEGMENT_MS = 1000
SOON = {
    "log.cleaner.backoff.ms": "200",
    "log.retention.check.interval.ms": "500",
    "log.segment.delete.delay.ms": "1000",
}
WITHOUT_A_TICK = 12.0
"""Seconds, above the compaction lag of 6 s: whatever could go by itself has gone."""
PATIENCE = 60.0
TRAYS = ("borough-d.support", "hub.statistics")


@pytest.fixture
def disk() -> Iterator[tuple[str, Path]]:
    """Give the address and the data folder of a broker whose cleaner comes round at once."""
    with server_folder("kafka") as folder, EmbeddedKafka(folder, properties=SOON) as kafka:
        yield kafka.bootstrap, folder / DATA


@pytest.fixture
def bus(database_url: str, disk: tuple[str, Path]) -> Iterator[Bus]:
    """Give a bus with its trays, where deletions and what providers sent are kept for 2 s."""
    engine = create_engine(database_url, hide_parameters=True)
    made = Bus(engine)
    with engine.connect() as connection:
        terms = read_terms(connection)
    create_topics(
        disk[0],
        terms.providers,
        terms.agreements,
        partitions=PARTITIONS,
        replication=1,
        segment_ms=SEGMENT_MS,
    )
    changed = {out_tray(one): {"delete.retention.ms": "2000"} for one in terms.agreements}
    changed |= {in_tray(one): {"retention.ms": "2000"} for one in terms.providers}
    with KafkaAdminClient(bootstrap_servers=disk[0]) as admin:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, *one) for one in changed.items()]
        )
    yield made
    engine.dispose()


@pytest.fixture
def shard(bus: Bus, disk: tuple[str, Path]) -> Iterator[Shard]:
    """Give the real filter on the real log."""
    log = KafkaLog(disk[0], "filter-0")
    shard = Shard(
        0,
        PostgresStore(bus.engine),
        log,
        vault=bus.vault,
        pepper=PEPPER,
        partitions=PARTITIONS,
        clock=bus.clock,
        is_woken=lambda: True,
    )
    shard.take_over()
    yield shard
    log.close()


def publish(bootstrap: str, events: list[Event]) -> None:
    """Put events into their providers' in-trays."""
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for event in events:
        number = event.participant_id
        partition = partition_of(number, PARTITIONS)
        producer.send(in_tray(event.provider_id), encode(event), number.encode(), None, partition)
    producer.flush(30)
    producer.close(timeout=5)


def somebody(bus: Bus) -> tuple[str, str, list[Event]]:
    """Return number, name and events of somebody whose name nobody else has."""
    number, name = bus.participant(), f"N{token_hex(8)}"
    identity = Identity(given_names=name)
    events = [one.model_copy(update={"identity": identity}) for one in make_events(number)]
    bus.grant(number, "borough-d.support")
    return number, name, events


def wait_for(holds: Callable[[], bool], then: Callable[[], object]) -> None:
    """Wait until something holds, doing something each second."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it did not come"
        time.sleep(SEGMENT_MS / 1000)
        then()


def test_after_an_erasure_and_ticks_not_a_byte_of_the_person_is_on_the_disk(
    bus: Bus, shard: Shard, disk: tuple[str, Path]
) -> None:
    """Without a tick the values stay; with ticks they go, then the keys, and nobody else's."""
    bootstrap, data = disk
    number, name, events = somebody(bus)
    other, other_name, events_of_other = somebody(bus)
    publish(bootstrap, [*events, *events_of_other])
    accepted = 0
    while accepted < len(events) + len(events_of_other):
        accepted += shard.turn(1).events
    with bus.engine.connect() as connection:
        agreements = [one.agreement for one in read_terms(connection).agreements.values()]
    hub = Pseudonyms(PEPPER, "hub.statistics")
    names = [
        *names_of(number, agreements, PEPPER),
        name,
        *(one.event_id for one in events),
        *(hub.event(number, one.event_id) for one in events),
    ]

    def found() -> list[OnDisk]:
        return [one for one in holding(data, names) if one.topic.startswith("out.")]

    def has_values() -> bool:
        return any(one.value is not None for one in found())

    def tick() -> None:
        bus.clock.go_on(timedelta(hours=1))
        shard.turn(0)

    with bus.engine.begin() as connection:
        Erasure(bus.ledger).record(connection, number)
    retracted = sum(shard.turn(0).retracted.values())
    with bus.engine.begin() as connection:
        Erasure(bus.ledger).finish(connection, number)
    assert retracted == 2 * len(events)
    for one in TRAYS:
        scan = scan_tray(read_tray(bootstrap, out_tray(one)), names)
        assert (scan.survivors, scan.awaiting) == (0, 2 * len(events))

    time.sleep(WITHOUT_A_TICK)
    assert {one.topic for one in found() if one.value is not None} == {
        out_tray(one) for one in TRAYS
    }

    tick()
    wait_for(lambda: not has_values(), lambda: None)
    wait_for(lambda: not holding(data, names), tick)

    assert out_tray("borough-d.support") in {one.topic for one in holding(data, [other_name])}
    names_of_other = names_of(other, agreements, PEPPER)
    for topic in map(out_tray, TRAYS):
        assert scan_tray(read_tray(bootstrap, topic), names)[1:] == (0, 0)
        assert scan_tray(read_tray(bootstrap, topic), names_of_other).survivors == 3
