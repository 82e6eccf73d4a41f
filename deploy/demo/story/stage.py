"""Everything the story is played on: the same parts as `nwd up`, in a folder of their own."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from consent_ledger.agreements import Agreement, load_agreements
from consent_ledger.enforcement import wait_until_enforced
from consent_ledger.filter.progress import positions_of
from consent_ledger.services import Directory, load_services
from consent_ledger.transparency_log import head
from consumers.analytics.facts import AnalyticsFacts
from consumers.follower import TrayFollower
from consumers.passport.facts import PassportFacts
from consumers.projection import Projection
from consumers.tray_reader import TrayReader
from deploy.demo.story.figures import Closing
from deploy.demo.story.mirror import Mirror
from deploy.demo.story.options import Options
from deploy.demo.story.participant import Participant
from deploy.demo.story.post import Post
from deploy.demo.story.screen import Advance, Screen
from deploy.demo.story.tray_ends import tray_ends
from deploy.embedded.jars import fetch, locked_jars
from deploy.hub import Hub
from deploy.initialise import initialise
from deploy.publishing import open_in_trays
from deploy.reader_programs import PASSPORT_AGREEMENT, STATISTICS_AGREEMENT
from deploy.secret_files import load_secrets
from deploy.settings import PACKAGE, Addresses, Settings, forget_addresses
from deploy.topics import TOMBSTONE_DAYS
from deploy.up.part import Part
from deploy.up.parts import STOP_SECONDS
from deploy.up.servers import running_servers
from schemas.errors import BusError
from schemas.trays import in_tray

PATIENCE_SECONDS: Final = 120.0
"""Far above what is seen: whoever waits longer waits in vain."""
LOG_FILE: Final = "demo.log"
_LOOK_SECONDS: Final = 0.05

_log = logging.getLogger(__name__)


class StoryError(BusError):
    """The story cannot go on."""


@dataclass
class Stage:
    """What the chapters play on, and what they hand on to each other."""

    options: Options
    folder: Path
    screen: Screen
    hub: Hub
    directory: Directory
    agreements: dict[str, Agreement]
    filter: Part
    post: Post
    passport: TrayFollower
    analytics: TrayFollower
    mirrors: dict[str, Mirror]
    closing: Closing = field(default_factory=Closing)
    participants: list[Participant] = field(default_factory=list)
    rosa: str = ""
    """The passport number of the participant whom the story follows by name."""

    def provider_name(self, provider_id: str) -> str:
        """Return a provider's name."""
        return {one.id: one.name for one in self.directory.providers}[provider_id]

    def recipient_name(self, agreement_id: str) -> str:
        """Return the name of an agreement's recipient."""
        return self.agreements[agreement_id].recipient_name

    def settle(self, advance: Advance | None = None) -> None:
        """Wait until the filter has read and enforced everything, and every reader has caught up.

        `advance` hears how many events the filter has read.

        Raises:
            StoryError: the filter ended, or it took too long.
            TrayError: a reader did not come to the end of its tray.

        """
        until = time.monotonic() + PATIENCE_SECONDS
        while (read := self._events_read()) < self.post.total:
            if advance:
                advance(read)
            self._check_filter(until)
            time.sleep(_LOOK_SECONDS)
        with self.hub.engine.connect() as connection:
            newest = head(connection).size - 1
        if wait_until_enforced(self.hub.engine, newest, until - time.monotonic()) is None:
            self._check_filter(until)
            raise self._too_slow()
        topics = [mirror.topic for mirror in self.mirrors.values()]
        ends = tray_ends(self.hub.addresses.kafka_bootstrap, topics, self.hub.settings.partitions)
        for mirror in self.mirrors.values():
            mirror.catch_up(ends[mirror.topic], PATIENCE_SECONDS)
        self.passport.catch_up(PATIENCE_SECONDS)
        self.analytics.catch_up(PATIENCE_SECONDS)

    def _events_read(self) -> int:
        topics = [in_tray(one.id) for one in self.directory.providers]
        with self.hub.engine.connect() as connection:
            saved = positions_of(connection, topics, range(self.hub.settings.partitions))
        return sum(offset or 0 for offset in saved.values())

    def _check_filter(self, until: float) -> None:
        if not self.filter.is_alive():
            raise StoryError(f"The filter ended. Its last words:\n{self.filter.last_words()}")
        if time.monotonic() > until:
            raise self._too_slow()

    def _too_slow(self) -> StoryError:
        return StoryError(
            f"The filter did not come to an end within {PATIENCE_SECONDS:g} seconds.",
            f"{LOG_FILE} says more; `nwd demo --keep FOLDER` keeps it.",
        )


@contextmanager
def set_stage(options: Options, folder: Path, screen: Screen) -> Iterator[Stage]:
    """Start Kafka, PostgreSQL and the filter in a folder, and stop them when the block ends.

    Raises:
        BusError: one of them does not start.

    """
    with ExitStack() as stack:
        stack.enter_context(_logging_to(folder / LOG_FILE))
        jars = locked_jars()
        with screen.working("Fetching Kafka, once", len(jars)) as advance:
            fetch(jars, progress=lambda done, _: advance(done))
        with screen.working("Starting a real Kafka and a real PostgreSQL"):
            settings = _settings(folder)
            servers = stack.enter_context(running_servers(settings, _log.info))
            addresses = servers.addresses()
            initialise(settings, addresses)
        stack.callback(forget_addresses, folder)
        addresses.save(folder)
        hub = Hub(settings, addresses, load_secrets(folder, settings.ledger_name))
        stack.callback(lambda: hub.engine.dispose())  # noqa: PLW0108 - the engine is made on first use
        part = _filter(settings, addresses)
        stack.callback(part.stop, STOP_SECONDS)
        stack.callback(part.ask_to_stop)
        part.start()
        bootstrap = addresses.kafka_bootstrap
        agreements = {one.id: one for one in load_agreements(settings.agreements)}
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
            post=Post(stack.enter_context(open_in_trays(bootstrap))),
            passport=_follower(stack, hub, PASSPORT_AGREEMENT, PassportFacts()),
            analytics=_follower(stack, hub, STATISTICS_AGREEMENT, AnalyticsFacts()),
            mirrors={
                one: stack.enter_context(Mirror(bootstrap, one)) for one in sorted(agreements)
            },
        )


def _settings(folder: Path) -> Settings:
    """Return the settings of the demo: what the environment says of another bus is not for it."""
    defaults = {
        name: one.default for name, one in Settings.model_fields.items() if not one.is_required()
    }
    return Settings.model_validate(
        defaults
        | {
            "home": folder,
            "agreements": PACKAGE / "agreements",
            "services": PACKAGE / "services.yaml",
            "metrics_port": 0,
        }
    )


def _filter(settings: Settings, addresses: Addresses) -> Part:
    """Return the filter, as `nwd run filter` in a process of its own that ends with this one."""
    named = {name: value for name, value in settings.model_dump().items() if value is not None}
    named |= {
        "kafka_bootstrap": addresses.kafka_bootstrap,
        "database_url": addresses.database_url,
        "database_owner_url": addresses.database_owner_url,
    }
    return Part(
        "filter",
        ("run", "filter", "--shard", "0"),
        {f"NWD_{name.upper()}": str(value) for name, value in named.items()},
        lambda part, line: _log.info("%s | %s", part, line),
    )


def _follower(
    stack: ExitStack, hub: Hub, agreement_id: str, projection: Projection
) -> TrayFollower:
    return TrayFollower(
        hub.engine,
        stack.enter_context(TrayReader(hub.addresses.kafka_bootstrap, f"out.{agreement_id}")),
        projection,
        absence_limit=timedelta(days=TOMBSTONE_DAYS),
        clock=hub.clock,
    )


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Send what the parts log to a file: the screen is for the story."""
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
