"""On real files: of somebody erased no file shows a value, and no key that exists opens anything.

Every personal field holds a value of its own that stands nowhere else, and goes through every flow.
Then PostgreSQL's folder with its write-ahead log, a base backup taken before the erasure, and
Kafka's segments are searched for each, and for any sealed key that opens.
"""

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.changes import ALL, Grant, Merge
from consent_ledger.consent.consent import apply
from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.rights.erasure_certificate import Certificate
from consumers.analytics.facts import AnalyticsFacts
from consumers.passport.facts import PassportFacts
from consumers.tray_reader import TrayReader
from deploy.home.secret_files import load_secrets, read_journal_keys
from deploy.hub import Hub
from deploy.one_machine.embedded.kafka import DATA, EmbeddedKafka
from deploy.one_machine.embedded.postgres import EmbeddedPostgres
from deploy.one_machine.embedded.postgres_place import binaries
from deploy.operations.dead_letters import dead_letter_topics, letters_in, open_letter
from deploy.operations.erasure import erase_person
from deploy.operations.erasure_certificate import certify
from deploy.operations.journal_key import rotate_journal_key
from deploy.operations.setup import initialise
from deploy.operations.subject_access import copy_of
from deploy.programs.read_trays import PASSPORT_AGREEMENT, STATISTICS_AGREEMENT
from deploy.programs.readers import tray_follower
from deploy.settings import Addresses, Settings
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from schemas.trays import dead_letters, in_tray, out_tray
from tests.plugins.server_folder import server_folder
from tests.real.canaries import Canaries, events_of, identity
from tests.real.searching import contents, packed, showing, whose_keys_open
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
from tests.support.bus_settings import PARTITIONS
from tests.support.fakes import ManualClock

BOROUGH = AgreementId("borough-d.support")


@dataclass
class OnDisk:
    """Where the servers keep their files, and the hub on them."""

    hub: Hub
    postgres: Path
    kafka: Path
    clock: ManualClock
    superuser_url: str
    servers: tuple[EmbeddedKafka, EmbeddedPostgres]

    def logs(self) -> list[tuple[str, bytes]]:
        """Return what the servers wrote to their logs last."""
        return [(f"log of {one.name}", one.log_tail().encode()) for one in self.servers]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[OnDisk]:
    """Give a hub that is set up on servers of its own, where deletions are kept for 2 s."""
    clock = ManualClock(datetime.now(UTC))
    with (
        server_folder("kafka") as kafka_folder,
        server_folder("postgres") as folder,
        EmbeddedKafka(kafka_folder, properties=SOON) as kafka,
        EmbeddedPostgres(folder) as postgres,
    ):
        settings = Settings(home=tmp_path / "home", partitions=PARTITIONS, segment_ms=SEGMENT_MS)
        addresses = Addresses(
            kafka.connection, postgres.url, postgres.owner_url, manages_access=True
        )
        initialise(settings, addresses, 1)
        secrets = load_secrets(settings.home, settings.ledger_name)
        hub = Hub(settings, addresses, secrets, clock)
        with hub.engine.connect() as connection:
            terms = read_agreements(connection)
        compacted = [*map(out_tray, terms.agreements), *map(dead_letters, terms.providers)]
        keep_no_longer_than(kafka.connection, dict.fromkeys(compacted, COMPACTED_SOON))
        yield OnDisk(
            *(hub, postgres.data, kafka_folder / DATA, clock, postgres.superuser_url),
            servers=(kafka, postgres),
        )
        hub.engine.dispose()


@pytest.fixture
def shard(disk: OnDisk) -> Iterator[Shard]:
    """Give the filter of that hub."""
    hub = disk.hub
    log = KafkaEventLog(hub.addresses.kafka, "filter-0")
    settings = ShardSettings(
        0,
        vault=hub.vault,
        pepper=hub.secrets.pepper,
        partitions=PARTITIONS,
        clock=hub.clock,
        check_every=timedelta(0),
    )
    acquired = Shard.acquire(PostgresStore(hub.engine), log, settings)
    acquired.turn(0)
    yield acquired
    log.close()


def register(disk: OnDisk, canaries: Canaries) -> PassportNumber:
    """Register somebody, and return the number."""
    with disk.hub.ledger.begin() as tx:
        found = disk.hub.register.register(
            tx,
            ProviderId("borough-d"),
            identity(canaries),
            reference=canaries.word("case-"),
        )
    assert isinstance(found, RegisteredPerson)
    return found.participant_id


def enter(disk: OnDisk, change: Grant | Merge) -> None:
    """Enter a change."""
    with disk.hub.ledger.begin() as tx:
        apply(tx, change)


def run(shard: Shard, records: int) -> None:
    """Run turns until so many records were accepted or refused."""
    while records > 0:
        report = shard.turn(1)
        records -= report.events + sum(report.refused.values())
    shard.enforce()


def follow(disk: OnDisk) -> None:
    """Let the passport and the figures read their trays."""
    for agreement, projection in (
        (PASSPORT_AGREEMENT, PassportFacts(disk.hub.vault)),
        (STATISTICS_AGREEMENT, AnalyticsFacts()),
    ):
        with TrayReader(disk.hub.addresses.kafka, out_tray(agreement)) as tray:
            tray_follower(disk.hub, tray, projection).catch_up(PATIENCE)


def as_superuser(disk: OnDisk, *statements: str) -> None:
    """Do something as the superuser, outside of any transaction."""
    engine = create_engine(disk.superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def base_backup(disk: OnDisk, to: Path) -> None:
    """Take a base backup, with the write-ahead log that it needs."""
    url = make_url(disk.superuser_url)
    parts = {**url.query, "user": url.username}
    address = " ".join(f"{name}={value}" for name, value in parts.items())
    program = str(binaries() / "pg_basebackup")
    command = [program, "-D", str(to), "-d", address, "-X", "stream", "-c", "fast"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the embedded PostgreSQL's own


def keys_that_exist(disk: OnDisk) -> list[bytes]:
    """Return the hub's secrets as they are now."""
    home = disk.hub.settings.home
    seeds = (home / "secrets" / "signing-key").read_bytes()
    return [*read_journal_keys(home), disk.hub.secrets.pepper, seeds[:32]]


@dataclass
class Told:
    """Somebody under two numbers, with every value that was told of them, and somebody else."""

    number: PassportNumber
    second: PassportNumber
    other: PassportNumber
    canaries: Canaries
    letters: list[DeadLetter]


def tell(disk: OnDisk, shard: Shard) -> Told:
    """Let somebody's values go through every flow, and somebody else's as well."""
    hub, kafka = disk.hub, disk.hub.addresses.kafka
    canaries, of_other = Canaries(), Canaries()
    number, second = register(disk, canaries), register(disk, canaries)
    other = register(disk, of_other)
    enter(disk, Merge(number=second, into=number))
    for one in (number, other):
        for agreement in (BOROUGH, PASSPORT_AGREEMENT):
            enter(disk, Grant(number=one, agreement=agreement, categories=ALL))
    events = [*events_of(number, canaries), *events_of(second, canaries)]
    publish(kafka, [*events, *events_of(other, of_other)])
    broken(kafka, ProviderId("college-c"), f"{canaries.word()} is {number}".encode())
    broken(kafka, ProviderId("borough-d"), f"{canaries.word()} is {second}".encode())
    run(shard, 3 * 3 + 2)
    follow(disk)
    letters = list(letters_in(hub, dead_letter_topics(hub)))
    for letter in letters:
        open_letter(hub, letter, "J. Sample", "shown")
    copy = repr(copy_of(hub, number))
    assert all(value in copy for value in canaries.made[-20:-4])
    return Told(number, second, other, canaries, letters)


def erase(disk: OnDisk, shard: Shard, number: PassportNumber) -> Certificate:
    """Erase somebody while the filter runs, and read everything back."""
    stop = threading.Event()
    filtering = threading.Thread(target=turn_until, args=(shard, stop))
    filtering.start()
    try:
        erased = erase_person(disk.hub, number, PATIENCE)
        follow(disk)
        return certify(disk.hub, erased, PATIENCE)
    finally:
        stop.set()
        filtering.join(PATIENCE)


def let_compaction_run(disk: OnDisk, shard: Shard, traces: list[str]) -> None:
    """Let in-trays expire, and ticks go to the trays, until Kafka shows no value any more."""
    with disk.hub.engine.connect() as connection:
        providers = read_agreements(connection).providers
    soon = {str(in_tray(one)): {"retention.ms": "2000"} for one in providers}
    keep_no_longer_than(disk.hub.addresses.kafka, soon)

    def tick() -> None:
        disk.clock.go_on(timedelta(hours=1))
        shard.turn(0)

    tick()
    wait_for(lambda: not showing(packed(disk.kafka), traces), tick)


@pytest.mark.timeout(900)
def test_of_somebody_erased_no_file_shows_or_opens_anything(
    disk: OnDisk, shard: Shard, tmp_path: Path
) -> None:
    """Once what the certificate says must pass has passed; before, their keys still open."""
    told = tell(disk, shard)
    traces = told.canaries.traces
    as_superuser(disk, "ANALYZE", "CHECKPOINT")
    folders = {"PGDATA": disk.postgres, "backup": tmp_path / "backup"}
    base_backup(disk, folders["backup"])
    certificate = erase(disk, shard, told.number)
    of_erased = {told.number, told.second, *(letter.origin for letter in told.letters)}
    names = {*of_erased, told.other}
    as_superuser(disk, "ANALYZE", "CHECKPOINT")
    before = whose_keys_open(contents(folders, disk.kafka), keys_that_exist(disk), names)

    rotate_journal_key(disk.hub)
    let_compaction_run(disk, shard, traces)
    as_superuser(disk, "CHECKPOINT")
    files = [*contents(folders, disk.kafka), *disk.logs()]
    keys = keys_that_exist(disk)

    assert len(told.canaries.made) >= 45
    assert certificate.survivors == 0
    assert before == names, "without the rotation whoever has the secrets opens them all"
    assert showing(files, traces) == set()
    assert whose_keys_open(files, keys, names) == {told.other}
