"""A bus of a module's own on the shared Kafka and PostgreSQL, and `nwd` to use it by."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

import deploy
import deploy.hub
from consent_ledger.ledger.enforcement import is_everything_enforced
from deploy.cli.application import app
from deploy.home.kafka_users import KafkaUsers
from deploy.hub import Hub, open_hub
from deploy.migrations.database import application_engine
from deploy.programs.disclosure_log import run_disclosure_log
from deploy.programs.filter import run_filter
from deploy.programs.readers import run_analytics, run_passport
from producers.publisher import connect, let_go
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray
from tests.plugins.database_server import fresh_database
from tests.support.given_servers import given_database
from tests.support.kafka_settings import as_environment

SHIPPED = Path(deploy.__file__).parent
WAIT_SECONDS = 30.0
EVERYWHERE = ("borough-d.support", "college-c.outcomes", "passport.coordination")


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    until = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.1)


@cache
def example(kind: str) -> str:
    """Return the example line of a kind of event, in the names of the demo."""
    return CliRunner().invoke(app, ["publish", "--example", kind]).stdout


@dataclass
class Bus:
    """One bus: its settings, its names and its agreements, which no other test has."""

    settings: dict[str, str]
    tag: str
    folder: Path
    kafka: KafkaConnection
    """As a user whom no ACL binds."""

    def name(self, shipped: str) -> str:
        """Return this bus's name for a provider, service or agreement of the demo."""
        return f"{self.tag}-{shipped}"

    def kafka_of(self, organisation: str) -> KafkaConnection:
        """Return how an organisation of the demo comes to Kafka, where users log in."""
        if not self.kafka.protocol.logs_in:
            return self.kafka
        user = self.name(organisation)
        users = KafkaUsers.of_home(Path(self.settings["NWD_HOME"]))
        return users.connection(self.kafka, user)

    def nwd(self, *arguments: str, given: str | bytes | None = None) -> Result:
        """Run a command in this process, with the bus's settings and no others."""
        unset = dict.fromkeys(name for name in os.environ if name.startswith("NWD_"))
        return CliRunner().invoke(app, arguments, input=given, env=unset | self.settings)

    def done(self, *arguments: str, given: str | bytes | None = None) -> Result:
        """Run a command that must succeed."""
        result = self.nwd(*arguments, given=given)
        assert result.exit_code == 0, (result.stdout, result.stderr, result.exception)
        return result

    def json(self, *arguments: str, given: str | bytes | None = None) -> Any:
        """Run a command that must succeed and return its one JSON object."""
        return json.loads(self.done(*arguments, "--json", given=given).stdout)

    def lines(self, *arguments: str) -> list[Any]:
        """Run a command that must succeed and return its JSON lines."""
        return [json.loads(line) for line in self.done(*arguments, "--json").stdout.splitlines()]

    def process(self, *arguments: str, has_input: bool = False) -> subprocess.Popen[str]:
        """Start a command as a process of its own, with pipes."""
        return subprocess.Popen(  # noqa: S603 - this Python, on our own program
            [sys.executable, "-c", "from deploy.cli import main; main()", *arguments],
            env=os.environ | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
            text=True,
        )

    def participant(self) -> PassportNumber:
        """Register somebody of whom nothing is known and return the passport number."""
        number = self.json("participant", "register", "--provider", self.name("borough-d"))
        return PassportNumber(str(number["participant_id"]))

    def somebody(self) -> PassportNumber:
        """Return the number of somebody with three events in every tray, and a passport."""
        number = self.participant()
        lines = [self.line(kind, number) for kind in ("referral", "enrolment", "outcome")]
        self.done("publish", given="\n".join(lines))
        self.wait_for_events(number, 3)
        for agreement in EVERYWHERE:
            self.done("consent", "grant", number, self.name(agreement), "--all")
        shown = ("passport", "show", number)
        wait_until(lambda: len(self.json(*shown)["story"]) == 3, "the passport")
        return number

    def wait_for_events(self, participant_id: PassportNumber, count: int) -> None:
        """Wait until the filter has accepted so many events of a participant."""

        def has_accepted() -> bool:
            return bool(self.json("participant", "show", participant_id)["events"] >= count)

        wait_until(has_accepted, f"the filter to accept {count} events")

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """Give the hub that this bus's settings name."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.settings.items():
                patch.setenv(name, value)
            with open_hub() as hub:
                yield hub

    @contextmanager
    def beside(self, server: str, template: str, folder: Path) -> Iterator["Bus"]:
        """Give a bus of the same names on a database and a home of its own, without a filter."""
        with fresh_database(server, template=template) as url:
            changed = given_database(url) | {"NWD_HOME": str(folder / "home")}
            users = Path("secrets", "kafka")  # of one broker there is one set
            copytree(Path(self.settings["NWD_HOME"]) / users, folder / "home" / users)
            other = Bus(self.settings | changed, self.tag, self.folder, self.kafka)
            other.done("init")
            yield other

    def send(self, provider: ProviderId, value: bytes, key: bytes = b"nobody") -> None:
        """Put bytes of any kind into a provider's in-tray, past the publisher."""
        producer = connect(self.kafka)
        producer.send(in_tray(ProviderId(self.name(provider))), value=value, key=key).get(
            WAIT_SECONDS
        )
        let_go(producer)

    def line(self, kind: str, participant_id: PassportNumber, **changes: Any) -> str:
        """Return an example line about a participant, in this bus's names."""
        fields = json.loads(re.sub(r"(borough-d|college-c)", rf"{self.tag}-\1", example(kind)))
        del fields["event_id"]
        return json.dumps(fields | {"participant_id": participant_id} | changes)


@pytest.fixture(scope="module", autouse=True)
def _kept_engines() -> Iterator[None]:
    """Let the commands of a module share connections: each would log in and compile anew."""
    engines: dict[str, Engine] = {}

    def kept(url: str) -> Engine:
        if url not in engines:
            engines[url] = application_engine(url)
            patch.setattr(engines[url], "dispose", lambda: None)
        return engines[url]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deploy.hub, "application_engine", kept)
        yield
    for engine in engines.values():
        engine.dispose()


@pytest.fixture(scope="module")
def bus(
    kafka: KafkaConnection,
    database_server: str,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bus]:
    """Give a bus that is set up, with agreements and services of its own names."""
    folder = tmp_path_factory.mktemp("bus")
    tag = f"t{os.urandom(3).hex()}"
    agreements = folder / "agreements"
    agreements.mkdir()
    for path in (SHIPPED / "agreements").glob("*.yaml"):
        text = re.sub(r"(?m)^(id: |  (?=passport\.))", rf"\1{tag}-", path.read_text("utf-8"))
        if path.stem == "hub.statistics":
            text += "organisation: hub\n"
        (agreements / f"{tag}-{path.name}").write_text(text, "utf-8")
    services = folder / "services.yaml"
    services.write_text(
        re.sub(
            r"(?m)^  ([a-z]+-[a-z]):$", rf"  {tag}-\1:", (SHIPPED / "services.yaml").read_text()
        ),
        "utf-8",
    )
    with fresh_database(database_server, template=template_database) as database_url:
        made = Bus(
            {
                "NWD_HOME": str(folder / "home"),
                **as_environment(kafka),
                **given_database(database_url),
                "NWD_AGREEMENTS": str(agreements),
                "NWD_SERVICES": str(services),
                "NWD_METRICS_PORT": "0",
            },
            tag,
            folder,
            kafka,
        )
        made.done("init")
        yield made


@contextmanager
def at_work(bus: Bus, programs: Sequence[Callable[..., None]]) -> Iterator[None]:
    """Let programs of the bus's hub run, each in a thread, until the block ends."""
    stop = threading.Event()
    with bus.hub() as hub:
        threads = [threading.Thread(target=one, args=(hub, stop)) for one in programs]
        for thread in threads:
            thread.start()
        yield
        stop.set()
        for thread in threads:
            thread.join(WAIT_SECONDS)


@pytest.fixture(scope="module")
def running(bus: Bus) -> Iterator[Bus]:
    """Give the bus with its filter and its readers at work."""
    programs: list[Callable[..., None]] = [
        lambda hub, stop: run_filter(hub, 0, stop),
        run_disclosure_log,
        lambda hub, stop: run_passport(hub, stop, AgreementId(bus.name("passport.coordination"))),
        lambda hub, stop: run_analytics(hub, stop, AgreementId(bus.name("hub.statistics"))),
    ]
    with at_work(bus, programs):
        with bus.hub() as hub:
            wait_until(partial(_is_everything_enforced, hub), "the filter to know the agreements")
        yield bus


def _is_everything_enforced(hub: Hub) -> bool:
    with hub.engine.connect() as connection:
        return is_everything_enforced(connection)
