"""A bus in use: providers publish, participants change their minds, and somebody looks at it all.

At rest three things are looked at: every tray against the naive function (differences), every
record against what had been closed (leaks), every acknowledged event against the journal (losses).
"""

import random
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import Table, select

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.changes import ALL, Grant
from consent_ledger.consent.consent import apply
from consent_ledger.filter.progress import positions_of
from consent_ledger.ledger.enforcement import is_everything_enforced, wait_until_enforced
from consent_ledger.tables.delivery import journal
from consumers import positions
from consumers.analytics.facts import AnalyticsFacts
from consumers.passport.facts import PassportFacts
from consumers.tray_reader import TrayReader
from deploy.hub import Hub
from deploy.operations.audit import audit_hub
from deploy.programs.read_trays import PASSPORT_AGREEMENT, STATISTICS_AGREEMENT
from deploy.settings import Settings, find_addresses
from schemas.identifiers import AgreementId, EventId
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray, out_tray
from tests.kills.changes_of_mind import AWAY, AWAY_PAUSE_SECONDS, TRAYS, ChangesOfMind
from tests.kills.told_events import told_of
from tests.kills.tray_watcher import Place, TrayWatcher
from tests.support.up_process import Load, hub_at, register_people, wait_until

Revision = tuple[EventId, int]
PEOPLE = 24
SPEAKERS = 2
RECOVERY_SECONDS = 240.0
"""Far above what is seen: a bus that has not come back by then is a fault."""
READERS: dict[str, tuple[str, Table]] = {
    "passport": (PASSPORT_AGREEMENT, PassportFacts.position),
    "analytics": (STATISTICS_AGREEMENT, AnalyticsFacts.position),
}


@dataclass
class Findings:
    """What was found wrong so far, and how much there was to look at."""

    audits: int = 0
    events: int = 0
    changes: int = 0
    records: int = 0
    closures: int = 0
    erased: int = 0
    differences: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{len(self.differences)} differences, {len(self.leaks)} leaks in {self.records}"
            f" records, {len(self.lost)} lost of {self.events} events"
        )

    @property
    def faults(self) -> list[str]:
        """Everything that must not be."""
        return [*self.differences, *self.leaks, *self.lost]


class BusUnderLoad:
    """The load on the `nwd up` that runs on a home, and what is found of it."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.findings = Findings()
        self._participants: deque[str] = deque()
        self._speakers = [
            ChangesOfMind(home, f"{seed}-{number}", self._participants)
            for number in range(SPEAKERS)
        ]
        with hub_at(home) as hub:
            for one in self._speakers:
                one.add(hub, PEOPLE // SPEAKERS)
            (self._canary,) = register_people(hub, 1)
            places = [
                (out_tray(one), partition)
                for one in TRAYS
                for partition in range(hub.settings.partitions)
            ]
        self._watchers = [
            TrayWatcher(self.kafka, places, isolation)
            for isolation in ("read_committed", "read_uncommitted")
        ]
        random.Random(seed).shuffle(self._participants)  # noqa: S311 - a seed to be repeated
        self.load = Load(home, told_of(self._participants))
        self._parts: list[TrayWatcher | Load | ChangesOfMind] = [
            *self._watchers,
            self.load,
            *self._speakers,
        ]

    @contextmanager
    def running(self) -> Iterator["BusUnderLoad"]:
        """Let it all begin; at the end everything comes to rest."""
        with ExitStack() as stack:
            for one in self._parts:
                stack.enter_context(one)
            yield self

    def kafka(self) -> KafkaConnection:
        """Return where Kafka answers now."""
        return find_addresses(Settings(home=self.home)).kafka

    def wait_for_a_change(self) -> None:
        """Record one more change of permission, and wait until it is enforced."""
        wait_until(self._has_changed, RECOVERY_SECONDS, "a change to be enforced")

    def wait_for_reader(self, name: str) -> None:
        """Wait until a reader has read on, and all that stands in its tray now."""
        agreement_id, table = READERS[name]
        before = self._read_by(table)
        wait_until(lambda: self._read_by(table) != before, RECOVERY_SECONDS, name)
        with TrayReader(self.kafka(), out_tray(AgreementId(agreement_id))) as tray:
            ends = tray.ends()
        assert ends is not None
        wait_until(
            lambda: all(self._read_by(table)[one] >= end for one, end in ends.items()),
            RECOVERY_SECONDS,
            name,
        )

    def come_to_rest(self) -> None:
        """Stop the load for a moment, let everything be done, and note whatever is wrong."""
        with ExitStack() as stack:
            for one in self._speakers:
                stack.enter_context(one.rest)
            stack.enter_context(self.load.rest)
            wait_until(self._is_at_rest, RECOVERY_SECONDS, "the bus to come to rest")
            self._audit()

    def _has_changed(self) -> bool:
        self._check_load()
        try:
            with hub_at(self.home) as hub:
                change = Grant(
                    number=self._canary, agreement=AgreementId("borough-d.support"), categories=ALL
                )
                with hub.ledger.begin() as tx:
                    seq = apply(tx, change)
                return wait_until_enforced(hub.engine, seq, RECOVERY_SECONDS / 2) is not None
        except AWAY:
            time.sleep(AWAY_PAUSE_SECONDS)
            return False

    def _read_by(self, table: Table) -> dict[int, int]:
        """Return how far a reader is, by partition."""
        with hub_at(self.home) as hub, hub.engine.connect() as connection:
            saved = positions.load(connection, table)
        return {one.partition: one.next_offset for one in saved}

    def _is_at_rest(self) -> bool:
        """Tell whether all that was acknowledged is done; what is lost would be for ever missing.

        So only what is behind the filter's positions is asked of it.
        """
        self._check_load()
        try:
            with hub_at(self.home) as hub, hub.engine.connect() as connection:
                is_enforced = is_everything_enforced(connection)
                topics = [in_tray(one) for one in sorted(read_agreements(connection).providers)]
                partitions = range(hub.settings.partitions)
                at = positions_of(connection, topics, partitions)
        except AWAY:
            return False
        ends = self._ends(list(at))
        return is_enforced and all((at[place] or 0) >= end for place, end in ends.items())

    def _audit(self) -> None:
        found = self.findings
        with hub_at(self.home) as hub:
            report = audit_hub(hub)
            found.differences += map(str, report.differences)
            found.lost += sorted(map(str, self._lost(hub)))
        watched = self._ends(list(self._watchers[0].positions))
        for one in self._watchers:
            wait_until(partial(one.has_read, watched), RECOVERY_SECONDS, "a watcher")
        closures = [one for speaker in self._speakers for one in speaker.closures]
        found.leaks += sorted(
            {
                leak
                for watcher in self._watchers
                for one in closures
                for leak in one.leaks_in(watcher.records[one.topic, one.person])
            }
            - set(found.leaks)
        )
        found.audits += 1
        found.events = len(self.load.acknowledged)
        found.changes = sum(one.enforced for one in self._speakers)
        found.closures = len(closures)
        found.erased = len(self._erased())
        found.records = sum(map(len, self._watchers[0].records.values()))

    def _lost(self, hub: Hub) -> set[Revision]:
        """Return the acknowledged revisions that are not in the journal; not of the erased."""
        erased = self._erased()
        with hub.engine.connect() as connection:
            rows = connection.execute(select(journal.c.event_id, journal.c.revision))
            held = {(str(row.event_id), row.revision) for row in rows}
        return {
            (one.event_id, one.revision)
            for one in self.load.acknowledged
            if one.participant_id not in erased
        } - held

    def _erased(self) -> set[str]:
        return {one for speaker in self._speakers for one in speaker.erased}

    def _ends(self, places: list[Place]) -> dict[Place, int]:
        """Return where topics end, what stands in open transactions included."""
        consumer = KafkaConsumer(**self.kafka().for_client(), metrics_enabled=False)
        try:
            ends = consumer.end_offsets([TopicPartition(*place) for place in places])
        finally:
            consumer.close(autocommit=False, timeout_ms=1000)
        return {(place.topic, place.partition): end for place, end in ends.items()}

    def _check_load(self) -> None:
        """Raise what ended a part of the load: an error that nobody may expect."""
        for one in self._parts:
            if one.failure:
                raise one.failure
