import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers.tray_reader import read_tray
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.one_machine.embedded.ports import free_ports, is_free
from deploy.one_machine.embedded.postgres import EmbeddedPostgres
from deploy.operations.audit import audit_hub
from deploy.settings import Settings, find_addresses
from schemas.identifiers import AgreementId, PassportNumber
from schemas.trays import out_tray
from tests.plugins.server_folder import run_folder
from tests.support.given_servers import given_servers
from tests.support.up_process import (
    DOWN_SECONDS,
    Load,
    UpProcess,
    events_of,
    hub_at,
    missing_from_journal,
    processes_in,
    register_people,
    still_running,
    wait_until,
)

RECOVERY_SECONDS = 60.0
PEOPLE = 12
BEFORE = AFTER = 24  # events that are acknowledged before and after something is killed


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Give a home that the tests of this file share."""
    with run_folder() as folder:
        yield folder
        for left_by_a_failed_test in processes_in(folder):
            left_by_a_failed_test.kill()


def first_of_free_ports(count: int) -> int:
    """Find so many free ports in a row, and return the first."""
    while True:
        (first,) = free_ports(1)
        if all(is_free(first + one) for one in range(count)):
            return first


class Runs:
    """The runs on one home, one after the other."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._all: list[UpProcess] = []

    def begin(self, shards: int = 1) -> UpProcess:
        """Start the next run, and wait until it is up."""
        first = first_of_free_ports(5 + shards)
        settings = {"NWD_WEB_PORT": str(first + 4 + shards), "NWD_SHARDS": str(shards)}
        self._all.append(UpProcess(self._home, metrics_port=first, settings=settings))
        self._all[-1].wait_until_up()
        return self._all[-1]

    def present(self) -> UpProcess:
        """Give the run that is up, or else the next one."""
        is_up = self._all and self._all[-1].is_running
        return self._all[-1] if is_up else self.begin()

    def end(self) -> None:
        """End them all."""
        for one in self._all:
            one.end(signal.SIGINT)


@pytest.fixture(scope="module")
def runs(home: Path) -> Iterator[Runs]:
    """Give the runs on that home."""
    runs = Runs(home)
    yield runs
    runs.end()


@pytest.fixture
def up(runs: Runs) -> UpProcess:
    """Give a run that is up: the one of the test before, or a new one."""
    return runs.present()


@pytest.fixture
def people(home: Path, up: UpProcess) -> list[PassportNumber]:
    """Register some people who share everything with the borough."""
    assert up.is_running
    with hub_at(home) as hub:
        return register_people(hub, PEOPLE)


def wait_for_the_filter(home: Path, load: Load, deadline_seconds: float) -> None:
    """Wait until every event that is acknowledged by now is taken in."""
    events = list(load.acknowledged)
    with hub_at(home) as hub:
        wait_until(lambda: not missing_from_journal(hub, events), deadline_seconds, "the filter")


def assert_nothing_is_lost(home: Path, load: Load) -> None:
    """Wait until every acknowledged event is taken in and every tray is as it must be."""
    wait_for_the_filter(home, load, RECOVERY_SECONDS)
    with hub_at(home) as hub:
        wait_until(lambda: not audit_hub(hub).differences, RECOVERY_SECONDS, "the trays")


def test_what_is_published_while_it_is_up_reaches_a_tray(
    home: Path, up: UpProcess, people: list[str]
) -> None:
    """The addresses that it gives are those of a bus that works."""
    address = up.wait_until_up()["kafka"]["address"]
    kafka = find_addresses(Settings(home=home)).kafka

    with Load(home, events_of(people)) as load:
        load.wait_for(AFTER)

    assert kafka.bootstrap == address
    assert_nothing_is_lost(home, load)
    tray = [
        record.key.decode()
        for record in read_tray(kafka, out_tray(AgreementId("borough-d.support")))
    ]
    assert {f"{one.participant_id}|{one.event_id}" for one in load.acknowledged} <= set(tray)


def test_it_says_where_everything_is_and_how_to_use_it(home: Path, up: UpProcess) -> None:
    """Somebody at a second terminal finds the lines to copy; a program finds an object."""
    found = up.wait_until_up()
    text = "\n".join(up.lines)

    assert found["home"] == str(home.resolve())
    assert found["kafka"]["version"] in text
    assert found["postgres"]["version"] in text
    assert f"NWD_HOME={home.resolve()} nwd organisation kit borough-d --to borough-d-kit" in text
    assert f"psql '{found['postgres']['address']}'" in text
    assert f"NWD_HOME={home.resolve()} nwd tray show hub.statistics" in text


def test_it_is_up_only_when_its_web_server_answers_and_warns_of_nothing(up: UpProcess) -> None:
    """Whoever waits for the line has no need to try again; a first start alarms nobody."""
    address = up.wait_until_up()["registry"]
    with urllib.request.urlopen(f"{address}/subjects", timeout=10) as answer:  # noqa: S310 - loopback
        assert answer.status == 200

    assert [line for line in up.lines if "WARNING" in line] == []


def test_a_second_bus_on_the_same_web_port_is_refused_before_it_starts_anything(
    up: UpProcess, tmp_path: Path
) -> None:
    """It would announce the address of the first."""
    port = up.wait_until_up()["registry"].rpartition(":")[2]
    second = UpProcess(tmp_path / "second", settings={"NWD_WEB_PORT": port})

    assert second.end(0) == 1
    assert second.lines[0].startswith(f"Error: The web port 127.0.0.1:{port} is in use")
    assert [one.name for one in (tmp_path / "second").iterdir()] == ["up.lock"]


def test_its_metrics_say_which_parts_run(up: UpProcess) -> None:
    """An operator's Prometheus sees each part, and hears of what ended."""
    address = up.wait_until_up()["metrics"]["nwd up"]
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own, on loopback
        metrics = answer.read().decode()

    for part in ("kafka", "postgres", "filter-0", "passport", "analytics"):
        assert f'nwd_part_running{{part="{part}"}} 1.0' in metrics


def test_a_second_run_on_the_same_home_is_refused(home: Path, up: UpProcess) -> None:
    """It says who holds the home, and the first run goes on."""
    second = UpProcess(home)

    assert second.end(0) == 1
    assert f"process {up.pid} runs `nwd up` there" in "\n".join(second.lines)
    assert up.is_running


def test_a_killed_run_leaves_parts_that_end_and_servers_that_the_next_run_stops(
    home: Path, up: UpProcess, people: list[str], runs: Runs
) -> None:
    """After kill -9 of `nwd up` under load the next one finds what is left, and loses nothing."""
    with Load(home, events_of(people)) as load:
        load.wait_for(BEFORE)
        wait_for_the_filter(home, load, RECOVERY_SECONDS)
        servers = {up.child("kafka"), up.child("postgres")}
        parts = {up.child("filter"), up.child("passport"), up.child("analytics")}
        up.end(signal.SIGKILL)
        wait_until(lambda: not still_running(parts), DOWN_SECONDS, "the parts")
        assert still_running(servers) == servers

        successor = runs.begin()
        load.wait_for(AFTER)

    assert_nothing_is_lost(home, load)
    assert not still_running(servers)
    text = "\n".join(successor.lines)
    for one in servers:
        assert f"(process {one.pid}): it was stopped first" in text


def test_stopping_leaves_no_process_and_the_next_run_finds_everything(
    home: Path, up: UpProcess, runs: Runs
) -> None:
    """The end is in order, its exit code is 0, and what was published stays."""
    with hub_at(home) as hub:
        events_before = audit_hub(hub).events
    family = up.family()

    assert up.end(signal.SIGTERM) == 0

    assert not still_running(family)
    assert not (home / "addresses.json").exists()
    assert up.lines[-1] == "Everything is stopped."
    runs.begin()
    with hub_at(home) as hub:
        report = audit_hub(hub)
    assert report.events == events_before
    assert report.differences == []


def test_the_next_run_has_as_many_filters_as_it_is_told(
    home: Path, up: UpProcess, people: list[str], runs: Runs
) -> None:
    """What comes meanwhile is taken in, whichever of them has the person's partition now."""
    assert up.end(signal.SIGTERM) == 0

    runs.begin(shards=2)
    with Load(home, events_of(people)) as load:
        load.wait_for(AFTER)

    assert_nothing_is_lost(home, load)
    assert "filter-1" in runs.present().wait_until_up()["metrics"]


def test_given_servers_are_used_and_left_running(tmp_path: Path) -> None:
    """Whoever has a Kafka and a PostgreSQL gets the parts alone, and nothing else in the home."""
    with (
        run_folder() as folder,
        EmbeddedKafka(folder / "kafka") as kafka,
        EmbeddedPostgres(folder / "postgres") as postgres,
    ):
        up = UpProcess(
            tmp_path,
            settings=given_servers(kafka.connection, postgres),
        )
        try:
            found = up.wait_until_up()
            with hub_at(tmp_path) as hub:
                people = register_people(hub, 1)
            with Load(tmp_path, events_of(people)) as load:
                load.wait_for(1)
            assert_nothing_is_lost(tmp_path, load)
        finally:
            assert up.end(signal.SIGINT) == 0

        assert found["kafka"] == {
            "address": kafka.connection.bootstrap,
            "version": None,
            "is_embedded": False,
        }
        assert found["postgres"]["version"] == postgres.version
        assert kafka.is_alive()
        assert postgres.is_alive()
    assert not (tmp_path / "kafka").exists()
    assert not (tmp_path / "postgres").exists()


def test_a_start_that_fails_leaves_no_process(tmp_path: Path) -> None:
    """A wrong file of agreements is found when the servers run already; they are stopped."""
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "wrong.yaml").write_text("id: [")
    with run_folder() as folder:
        failed = UpProcess(folder, settings={"NWD_AGREEMENTS": str(tmp_path / "agreements")})

        assert failed.end(0) == 1

        assert any(line.startswith("Error: ") for line in failed.lines), failed.lines
        assert (folder / "kafka" / "kafka.log").exists(), "it failed before Kafka was started"
        assert processes_in(folder) == []
