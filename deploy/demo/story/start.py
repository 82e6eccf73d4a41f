"""Starts the bus that the story plays on: the same parts as `nwd up`, in a folder."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from consent_ledger.agreements.agreement import Agreement, load_agreements
from consent_ledger.agreements.services import load_services
from consumers.analytics.facts import AnalyticsFacts
from consumers.follower import TrayFollower
from consumers.passport.facts import PassportFacts
from consumers.projection import Projection
from consumers.tray_reader import TrayReader
from deploy.broker.in_trays import open_in_trays
from deploy.broker.rules import reader_of
from deploy.demo.story.mirror import Mirror
from deploy.demo.story.options import Options
from deploy.demo.story.post import Post
from deploy.demo.story.screen import Screen
from deploy.demo.story.stage import LOG_FILE, Stage
from deploy.home.kafka_users import HubUser
from deploy.home.secret_files import load_secrets
from deploy.hub import Hub
from deploy.one_machine.embedded.jars import fetch, locked_jars
from deploy.one_machine.up.part import ChildProcess
from deploy.one_machine.up.parts import STOP_SECONDS
from deploy.one_machine.up.servers import running_servers
from deploy.operations.setup import initialise
from deploy.programs.read_trays import PASSPORT_AGREEMENT, STATISTICS_AGREEMENT
from deploy.programs.readers import tray_follower
from deploy.settings import PACKAGE, Settings, forget_addresses, read_settings
from schemas.trays import out_tray

_log = logging.getLogger(__name__)


@contextmanager
def set_stage(options: Options, folder: Path, screen: Screen, *, is_kept: bool) -> Iterator[Stage]:
    """Start Kafka, PostgreSQL and the filter in a folder, and stop them when the block ends.

    Raises BusError when one of them does not start.
    """
    with ExitStack() as stack:
        stack.enter_context(_logging_to(folder / LOG_FILE))
        jars = locked_jars()
        with screen.working("Fetching Kafka, once", len(jars)) as advance:
            fetch(jars, progress=lambda done, _: advance(done))
        with screen.working("Starting a real Kafka and a real PostgreSQL"):
            settings = _settings(folder)
            servers = stack.enter_context(running_servers(settings, screen.step, are_kept=is_kept))
            addresses = servers.addresses()
            screen.step("Setting up trays and tables ...")
            initialise(settings, addresses, 1)
        stack.callback(forget_addresses, folder)
        addresses.save(folder)
        hub = Hub(settings, addresses, load_secrets(folder, settings.ledger_name))
        stack.callback(lambda: hub.engine.dispose())  # noqa: PLW0108 - the engine is made on first use
        part = _filter(settings)
        stack.callback(part.stop, STOP_SECONDS)
        stack.callback(part.ask_to_stop)
        part.start()
        agreements = {agreement.id: agreement for agreement in load_agreements(settings.agreements)}
        kafka, postgres = servers.describe()
        screen.say(
            f"Apache Kafka {kafka.version} and PostgreSQL {postgres.version} run on this machine,"
            " the bus is set up on them, and its filter is at work."
        )
        yield Stage(
            options=options,
            folder=folder,
            screen=screen,
            hub=hub,
            directory=load_services(settings.services),
            agreements=agreements,
            filter=part,
            post=Post(stack.enter_context(open_in_trays(hub.kafka(HubUser.DOORS)))),
            passport=_follower(
                stack, hub, agreements[PASSPORT_AGREEMENT], PassportFacts(hub.vault)
            ),
            analytics=_follower(stack, hub, agreements[STATISTICS_AGREEMENT], AnalyticsFacts()),
            mirrors={
                agreement_id: stack.enter_context(
                    closing(Mirror(hub.kafka(reader_of(agreement)), agreement_id))
                )
                for agreement_id, agreement in sorted(agreements.items())
            },
        )


def _settings(folder: Path) -> Settings:
    """Return the demo's settings: the environment's are those of another bus."""
    fields = Settings.model_fields.items()
    values = {name: field.default for name, field in fields if not field.is_required()}
    values |= {"agreements": PACKAGE / "agreements", "services": PACKAGE / "services.yaml"}
    values["postgres_data"] = read_settings().postgres_data  # a place on this machine, for any bus
    return Settings.model_validate(values | {"home": folder, "metrics_port": 0})


def _filter(settings: Settings) -> ChildProcess:
    """Return the filter, as `nwd run filter` in a process of its own that ends with this one."""
    values = settings.model_dump(exclude_none=True)
    return ChildProcess(
        "filter",
        ("run", "filter", "--shard", "0"),
        {f"NWD_{name.upper()}": str(value) for name, value in values.items()},
        lambda part, line: _log.info("%s | %s", part, line),
    )


def _follower(
    stack: ExitStack, hub: Hub, agreement: Agreement, projection: Projection
) -> TrayFollower:
    tray = TrayReader(hub.kafka(reader_of(agreement)), out_tray(agreement.id))
    return tray_follower(hub, stack.enter_context(tray), projection)


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Write the parts' logs to a file."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
