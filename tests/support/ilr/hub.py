"""Stand-ins for what the ILR importer is given: the hub, the log and the snapshots, in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from producers.answers import read_answers
from producers.hub import (
    Applicant,
    DoorKey,
    EventPublisher,
    PossibleMatch,
    Registered,
    Registrar,
    Registration,
    UnknownNumber,
)
from producers.ilr.handed_in import ReturnFile
from producers.ilr.importer import IlrImporter
from producers.ilr.result import ImportResult
from producers.snapshots.errors import OutdatedUploadError, UploadInProgressError
from producers.snapshots.snapshot import (
    Finding,
    Item,
    ItemKind,
    SnapshotSession,
    SnapshotStore,
    Stored,
    judge,
)
from schemas.errors import BusError
from schemas.events import Event
from schemas.identifiers import EventId, PassportNumber, ProviderId, new_passport_number

COLLEGE: Final = ProviderId("college-c")
OWN: Final = (90010009, 10000099, 99999999, 10006000, 10006341, 90000064)
"""The UKPRNs in the headers of the returns that tests import as the college's own."""
DOOR_KEY: Final = DoorKey(b"a key for tests, 32 bytes long..")


@dataclass
class MemoryRegistrar(Registrar):
    """Registers whoever comes; a reference in `matches` may be somebody known."""

    matches: set[str] = field(default_factory=set)
    issued: set[str] = field(default_factory=set)
    numbers: dict[tuple[str, str], PassportNumber] = field(default_factory=dict)
    asked: list[Applicant] = field(default_factory=list)

    def register(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registration]:
        """Register."""
        self.asked.extend(applicants)
        return [self._register(provider_id, one) for one in applicants]

    def trial(self) -> "MemoryRegistrar":
        """Try."""
        return replace(self, numbers=dict(self.numbers), asked=[])

    def _register(self, provider_id: ProviderId, one: Applicant) -> Registration:
        before = None
        if one.earlier is not None and one.earlier.ukprn is None:
            before = self.numbers.get((provider_id, one.earlier.reference))
        found = self._find(provider_id, one)
        if isinstance(found, Registered):
            return replace(found, number_before=before)
        if found is not None:
            return found
        known = one.carried or before
        if one.answer is not None:
            known = one.answer.number
        number = PassportNumber(known or new_passport_number())
        self.numbers[provider_id, one.reference] = number
        return Registered(number, is_new=known is None, number_before=before)

    def _find(self, provider_id: ProviderId, one: Applicant) -> Registration | None:
        known = self.numbers.get((provider_id, one.reference))
        if known is not None:
            return Registered(PassportNumber(known), is_new=False)
        if one.reference in self.matches and one.answer is None:
            return PossibleMatch()
        carried = one.carried if one.answer is None else one.answer.number
        if carried is not None and carried not in self.issued:
            return UnknownNumber()
        return None


@dataclass
class MemoryPublisher(EventPublisher):
    """Keeps what is sent; fails once it has taken `room` events, if that is given."""

    room: int | None = None
    events: list[Event] = field(default_factory=list)
    flushes: int = 0

    def publish(self, event: Event) -> None:
        """Keep."""
        if self.room is not None and len(self.events) >= self.room:
            raise BusError("The log is away.", "Try again.")
        self.events.append(event)

    def flush(self) -> None:
        """Count."""
        self.flushes += 1


class MemorySnapshots(SnapshotStore):
    """The snapshots in memory, by the rules that the real ones keep."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], tuple[Stored, ItemKind, int]] = {}
        self.accepted: dict[tuple[str, str], tuple[int, datetime]] = {}
        self.unfinished: dict[str, int] = {}
        self.open: set[str] = set()
        self.imports = 0

    @contextmanager
    def begin(
        self, provider_id: ProviderId, collection: str, prepared_at: datetime
    ) -> Iterator[SnapshotSession]:
        """Begin."""
        if provider_id in self.open:
            raise UploadInProgressError
        _, latest = self.accepted.get((provider_id, collection), (0, prepared_at))
        if prepared_at < latest:
            raise OutdatedUploadError(collection)
        self.open.add(provider_id)
        self.imports += 1
        try:
            yield _MemorySession(self, provider_id, collection, prepared_at)
        finally:
            self.open.discard(provider_id)


class _MemorySession(SnapshotSession):
    def __init__(
        self,
        store: MemorySnapshots,
        provider_id: ProviderId,
        collection: str,
        prepared_at: datetime,
    ) -> None:
        self._store = store
        self._provider_id = provider_id
        self._collection = collection
        self._prepared_at = prepared_at
        self._items = dict(store.items)
        self._unfinished = store.unfinished.get(provider_id, 0)

    def latest(self, *, of: str) -> str | None:
        taken = [
            name
            for provider_id, name in self._store.accepted
            if provider_id == self._provider_id and name.startswith(of)
        ]
        return max(taken, default=None)

    def compare(self, items: Sequence[Item]) -> list[Finding]:
        return [self._compare(one) for one in items]

    def _compare(self, one: Item) -> Finding:
        key = (self._provider_id, one.event_id)
        stored = self._items[key][0] if key in self._items else None
        finding = judge(one, stored, self._collection, self._unfinished)
        if stored is None or stored.collection <= self._collection:
            now = Stored(one.digest, finding.revision, self._collection)
            self._items[key] = (now, one.kind, self._store.imports)
        return finding

    def stored(self, event_ids: Sequence[EventId]) -> set[EventId]:
        return {id_ for id_ in event_ids if (self._provider_id, id_) in self._items}

    def hold(self, event_ids: Sequence[str]) -> None:
        for event_id in event_ids:
            key = (self._provider_id, event_id)
            if key in self._items and self._items[key][0].collection == self._collection:
                stored, kind, _ = self._items[key]
                self._items[key] = (stored, kind, self._store.imports)

    def vanished(self) -> dict[ItemKind, tuple[str, ...]]:
        last, _ = self._store.accepted.get((self._provider_id, self._collection), (0, None))
        gone = [
            (kind, event_id)
            for (provider_id, event_id), (stored, kind, seen) in self._items.items()
            if provider_id == self._provider_id
            and stored.collection == self._collection
            and seen == last
        ]
        return {kind: tuple(sorted(id_ for one, id_ in gone if one == kind)) for kind in ItemKind}

    def publishing(self) -> None:
        self._store.unfinished[self._provider_id] = self._unfinished + 1

    def accept(self) -> None:
        self._store.items = self._items
        self._store.unfinished.pop(self._provider_id, None)
        self._store.accepted[self._provider_id, self._collection] = (
            self._store.imports,
            self._prepared_at,
        )


@dataclass
class CollegeHub:
    """An importer with all that it is given, kept from one import to the next."""

    registrar: MemoryRegistrar = field(default_factory=MemoryRegistrar)
    snapshots: SnapshotStore = field(default_factory=MemorySnapshots)
    published: list[Event] = field(default_factory=list)
    ukprns: dict[int, ProviderId] = field(default_factory=lambda: dict.fromkeys(OWN, COLLEGE))
    is_of_any: bool = False

    @property
    def importer(self) -> IlrImporter:
        """Return the importer."""
        return IlrImporter(
            provider_id=COLLEGE,
            door_key=DOOR_KEY,
            registrar=self.registrar,
            snapshots=self.snapshots,
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            ukprns=self.ukprns,
            is_of_any=self.is_of_any,
        )

    def run(self, file: ReturnFile, answers: str = "") -> ImportResult:
        """Import, with a file of answers; `published` is what this import sent."""
        publisher = MemoryPublisher()
        given = read_answers(answers.encode()) if answers else {}
        result = self.importer.run(file, publisher, answers=given)
        assert publisher.flushes == 1
        self.published = publisher.events
        return result
