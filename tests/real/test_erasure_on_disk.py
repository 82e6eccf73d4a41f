"""On a real Kafka's disk: after an erasure and a tick, not a byte of the person is left."""

import threading
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes, token_hex

import pytest
from sqlalchemy import create_engine

from consent_ledger.agreements.in_force import AgreementsInForce, read_agreements
from consent_ledger.filter.dead_letters import current_letters
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings
from consent_ledger.journal.sealed_keys import letter_keys
from consent_ledger.journal.vault import unseal
from consent_ledger.redaction.pseudonyms import Pseudonyms
from consent_ledger.rights.read_back import names_of, scan_tray
from consumers.tray_reader import read_tray
from deploy.broker.topics import create_topics
from deploy.home.secret_files import Secrets
from deploy.home.signing_key_file import SigningKeyFile
from deploy.hub import Hub
from deploy.one_machine.embedded.kafka import DATA, EmbeddedKafka
from deploy.operations.audit import audit_hub
from deploy.operations.erasure import erase_person
from deploy.operations.erasure_certificate import certify
from deploy.settings import Addresses, Settings
from schemas.blocks import Identity
from schemas.events import Event
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from schemas.kafka_connection import KafkaConnection
from schemas.trays import dead_letters, in_tray, out_tray
from tests.plugins.database_server import application_url
from tests.plugins.server_folder import server_folder
from tests.real.segment_files import holding
from tests.real.soon import (
    COMPACTED_SOON,
    PATIENCE,
    SEGMENT_MS,
    SOON,
    broken,
    keep_no_longer_than,
    publish,
    turn_until,
    wait_for,
)
from tests.support.bus import Bus
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.factories import make_events
from tests.support.postgres_ground import LEDGER_NAME

WITHOUT_A_TICK = 12.0
"""Seconds, above the compaction lag of 6 s: whatever could go by itself has gone."""
CLOSED_BY_NOTHING_MS = 3_600_000
"""Longer than the test: before it says so, the broker compacts nothing, however busy it is."""
TRAYS = (AgreementId("borough-d.support"), AgreementId("hub.statistics"))
RESEARCH = AgreementId("research.outcomes")


@pytest.fixture
def disk() -> Iterator[tuple[KafkaConnection, Path]]:
    """Give the address and the data folder of a broker whose cleaner comes round at once."""
    with server_folder("kafka") as folder, EmbeddedKafka(folder, properties=SOON) as kafka:
        yield kafka.connection, folder / DATA


@pytest.fixture
def signing_key(tmp_path: Path) -> SigningKeyFile:
    """Give the key of the bus and its hub, in a file as an operator has it."""
    path = tmp_path / "signing-key"
    path.write_bytes(token_bytes(32))
    return SigningKeyFile(path, LEDGER_NAME)


@pytest.fixture
def bus(
    database_url: str, disk: tuple[KafkaConnection, Path], signing_key: SigningKeyFile
) -> Iterator[Bus]:
    """Give a bus with its trays, whose segments stay open until a test lets them be closed."""
    engine = create_engine(database_url, hide_parameters=True)
    made = Bus(engine, signing_key=signing_key)
    with engine.connect() as connection:
        terms = read_agreements(connection)
    create_topics(
        disk[0],
        terms.providers,
        terms.agreements,
        partitions=PARTITIONS,
        replication=1,
        segment_ms=CLOSED_BY_NOTHING_MS,
    )
    yield made
    engine.dispose()


@pytest.fixture
def hub(
    bus: Bus,
    database_url: str,
    disk: tuple[KafkaConnection, Path],
    signing_key: SigningKeyFile,
    tmp_path: Path,
) -> Iterator[Hub]:
    """Give the hub of that bus, as the commands of an operator have it."""
    journal_key = tmp_path / "secrets" / "journal-key"
    journal_key.parent.mkdir()
    journal_key.write_bytes(bytes(32))
    made = Hub(
        Settings(home=tmp_path, partitions=PARTITIONS, segment_ms=SEGMENT_MS),
        Addresses(disk[0], application_url(database_url), database_url, manages_access=False),
        Secrets(PEPPER, (bytes(32),), signing_key),
        bus.clock,
    )
    yield made
    made.engine.dispose()


@pytest.fixture
def shard(bus: Bus, disk: tuple[KafkaConnection, Path]) -> Iterator[Shard]:
    """Give the real filter on the real log."""
    log = KafkaEventLog(disk[0], "filter-0")
    settings = ShardSettings(
        0,
        vault=bus.vault,
        pepper=PEPPER,
        partitions=PARTITIONS,
        clock=bus.clock,
        check_every=timedelta(0),
    )
    shard = Shard.acquire(PostgresStore(bus.engine), log, settings)
    yield shard
    log.close()


def somebody(bus: Bus) -> tuple[str, str, list[Event]]:
    """Return number, name and events of somebody whose name nobody else has."""
    number, name = bus.participant(), f"N{token_hex(8)}"
    identity = Identity(given_names=name)
    events = [one.model_copy(update={"identity": identity}) for one in make_events(number)]
    bus.grant(number, AgreementId("borough-d.support"))
    return number, name, events


def run(shard: Shard, records: int) -> None:
    """Run turns until so many records were accepted or refused."""
    while records > 0:
        report = shard.turn(1)
        records -= report.events + sum(report.refused.values())


def sealed_letters(kafka: KafkaConnection, provider_ids: Iterable[str]) -> dict[bytes, bytes]:
    """Return the dead letters of providers as they stand in their topics, by origin."""
    return {
        one.origin.encode(): one.sealed
        for provider_id in provider_ids
        for one in current_letters(read_tray(kafka, dead_letters(ProviderId(provider_id))))
    }


def opened(bus: Bus, origin: str, sealed: bytes) -> bytes:
    """Open a dead letter by the key that the database has of it."""
    with bus.engine.connect() as connection:
        key = letter_keys(connection, [origin])[origin]
    return unseal(bus.vault.open_key(key, origin), sealed, origin.encode())


def let_go_soon(kafka: KafkaConnection, terms: AgreementsInForce) -> None:
    """Let out-trays and dead letters be compacted after seconds, and in-trays end."""
    compacted = [*map(out_tray, terms.agreements), *map(dead_letters, terms.providers)]
    soon = COMPACTED_SOON | {"segment.ms": str(SEGMENT_MS)}
    keep_no_longer_than(kafka, dict.fromkeys(compacted, soon))
    keep_no_longer_than(kafka, {in_tray(one): {"retention.ms": "2000"} for one in terms.providers})


def test_after_an_erasure_and_ticks_not_a_byte_of_the_person_is_on_the_disk(
    bus: Bus, hub: Hub, shard: Shard, disk: tuple[KafkaConnection, Path]
) -> None:
    """Without a tick the values stay; with ticks they go, then the keys, and nobody else's.

    In out-trays, in the pseudonymous one, in dead letters, and in the in-trays that it all came by.
    """
    kafka, data = disk
    number, name, events = somebody(bus)
    other, other_name, events_of_other = somebody(bus)
    publish(kafka, [*events, *events_of_other])
    for whose, their_name in ((number, name), (other, other_name)):
        broken(kafka, ProviderId("college-c"), f"{their_name} is {whose.lower()}".encode())
    run(shard, len(events) + len(events_of_other) + 2)
    with bus.engine.connect() as connection:
        terms = read_agreements(connection)
    agreements = [one.agreement for one in terms.agreements.values()]
    letters = sealed_letters(kafka, ["college-c"])
    (mine,) = (
        one
        for origin, one in letters.items()
        if number.lower().encode() in opened(bus, origin.decode(), one)
    )
    of_hub = Pseudonyms(PEPPER, AgreementId("hub.statistics"))
    names: list[str | bytes] = [
        *names_of(PassportNumber(number), agreements, PEPPER),
        number.lower(),
        name,
        mine,
        *(one.event_id for one in events),
        *(of_hub.event(PassportNumber(number), one.event_id) for one in events),
    ]
    held_by = {in_tray(one.provider_id) for one in [*events, *events_of_other]}

    def values_in() -> set[str]:
        return {one.topic for one in holding(data, names) if one.value is not None}

    def tick() -> None:
        bus.clock.go_on(timedelta(hours=1))
        shard.turn(0)

    compacted = {*map(out_tray, TRAYS), dead_letters(ProviderId("college-c"))}
    assert values_in() == compacted | held_by | {in_tray(ProviderId("college-c"))}

    stop = threading.Event()
    filtering = threading.Thread(target=turn_until, args=(shard, stop))
    filtering.start()
    try:
        erased = erase_person(hub, PassportNumber(number), PATIENCE)
        certificate = certify(hub, erased, PATIENCE)
    finally:
        stop.set()
        filtering.join(PATIENCE)
    assert erased.done is not None
    # of research, where each event has a pseudonym of its own, no list of names finds them
    assert certificate.trays[out_tray(RESEARCH)].awaiting == 2 * (
        erased.done.tombstones - 2 * len(events)
    )
    assert certificate.survivors == 0
    assert certificate.dead_letters[dead_letters(ProviderId("college-c"))].awaiting == 1
    assert sum(certificate.in_trays.values()) == len(events) + 1
    for topic in map(out_tray, TRAYS):
        assert certificate.trays[topic].awaiting == 2 * len(events)

    let_go_soon(kafka, terms)
    time.sleep(WITHOUT_A_TICK)
    assert values_in() == compacted

    tick()
    wait_for(lambda: not values_in(), lambda: None)
    wait_for(lambda: not holding(data, names), tick)

    of_other: list[str | bytes] = [other_name, *letters.values()]
    still = {one.topic for one in holding(data, of_other)}
    assert {
        out_tray(AgreementId("borough-d.support")),
        dead_letters(ProviderId("college-c")),
    } <= still
    for topic in map(out_tray, TRAYS):
        assert scan_tray(
            read_tray(kafka, topic), names_of(PassportNumber(number), agreements, PEPPER)
        )[1:] == (
            0,
            0,
        )
        others = scan_tray(
            read_tray(kafka, topic), names_of(PassportNumber(other), agreements, PEPPER)
        )
        assert others.survivors == len(events_of_other)
    assert audit_hub(hub).differences == []
