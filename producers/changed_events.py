"""Of the events of an upload, those that are new or have changed, on their way to Kafka."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from typing_extensions import override

from producers.hub import DoorKey, EventPublisher
from producers.snapshots.snapshot import Finding, Item, ItemKind, SnapshotSession
from schemas.derivation import Derivation
from schemas.events import EVENT_TYPES, Event

_KINDS: Final = {model: ItemKind(name) for name, model in EVENT_TYPES.items()}
_NOT_CONTENT: Final = {"revision", "recorded_at"}


@dataclass(slots=True)
class ChangedEvents:
    """Compares events with the snapshot, and publishes those that are due."""

    door_key: DoorKey
    snapshot: SnapshotSession
    publisher: EventPublisher
    is_dry_run: bool
    _is_announced: bool = field(default=False, init=False)
    _derivation: Derivation = field(init=False)

    def __post_init__(self) -> None:
        self._derivation = Derivation(self.door_key)

    def send(self, events: Sequence[Event]) -> list[tuple[ItemKind, Finding]]:
        """Publish what is new or has changed of these events; return what was found of each."""
        items = [
            Item(event.event_id, _KINDS[type(event)], content_digest(self._derivation, event))
            for event in events
        ]
        findings = self.snapshot.compare(items)
        for event, finding in zip(events, findings, strict=True):
            if finding.is_due:
                if not (self._is_announced or self.is_dry_run):
                    self.snapshot.publishing()
                    self._is_announced = True
                is_first = finding.revision == event.revision
                self.publisher.publish(
                    event if is_first else event.model_copy(update={"revision": finding.revision})
                )
        return [(item.kind, finding) for item, finding in zip(items, findings, strict=True)]


def content_digest(derivation: Derivation, event: Event) -> bytes:
    """Return a keyed digest of an event, without its revision and when it was recorded.

    What is not told does not count, so that a field that is new in the contract changes nothing.
    """
    content = event.model_dump_json(exclude=_NOT_CONTENT, exclude_defaults=True)
    return derivation.token("content", content)


@dataclass(frozen=True, slots=True)
class DryRunPublisher(EventPublisher):
    """Shows what it gets, and sends nothing."""

    on_event: Callable[[Event], object]

    @override
    def publish(self, event: Event) -> None:
        self.on_event(event)

    @override
    def flush(self) -> None:
        pass
