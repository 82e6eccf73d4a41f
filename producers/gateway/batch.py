"""A batch of events that one provider sends at once: each is answered by itself."""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import uuid4

from producers.json_lines import LineError, event_of, read_object
from producers.publisher import Publisher, PublishError, RecordPlace, Sent, place_of, value_of
from schemas.errors import MalformedError
from schemas.events import Event
from schemas.identifiers import ProviderId

CONFIRM_SECONDS: Final = 10.0
"""How long Kafka may take to acknowledge a batch."""


_NOBODY: Final = "participant_id: nobody who takes part has that passport number"


class EntryOutcome(StrEnum):
    """What has become of an entry of a batch."""

    ACCEPTED = "accepted"
    """Kafka has it."""
    REFUSED = "refused"
    """It was not sent, and never will be as it is."""
    UNCONFIRMED = "unconfirmed"
    """It may be on the bus or not. Sending it again, under the same id, is harmless."""


class Entry(NamedTuple):
    """What was sent as an event: a line of JSON, or JSON that was read already."""

    line: int
    content: Any


@dataclass(frozen=True)
class EventBatch:
    """Entries of a provider. Events without one get `new_id(line)`, and are recorded `begun_at`."""

    provider_id: ProviderId
    entries: Sequence[Entry]
    begun_at: datetime
    new_id: Callable[[int], str] = lambda _: str(uuid4())


class ReadEntry(NamedTuple):
    """An entry that was read: the event in it, or why there is none."""

    line: int
    event: Event | None
    problems: tuple[str, ...] = ()


class EntryAnswer(NamedTuple):
    """What a provider is told of an entry. `problems` name fields and rules, never a value.

    `place` is where an event was put that this request has published.
    """

    line: int
    outcome: EntryOutcome
    event: Event | None = None
    problems: tuple[str, ...] = ()
    place: RecordPlace | None = None


def entries_in_lines(body: bytes) -> list[Entry]:
    """Return the lines of a body that are not blank, counted from 1."""
    lines = enumerate(body.split(b"\n"), start=1)
    return [Entry(number, line) for number, line in lines if line.strip()]


def read_batch(batch: EventBatch) -> list[ReadEntry]:
    """Read each entry. An event that names another provider is refused."""
    return [_read(batch, entry) for entry in batch.entries]


def refuse_nobody_s(entries: Iterable[ReadEntry], lines: Collection[int]) -> list[ReadEntry]:
    """Return the entries, with those of these lines refused: nobody takes part by their number."""
    return [
        ReadEntry(entry.line, None, (_NOBODY,)) if entry.line in lines else entry
        for entry in entries
    ]


def publish_entries(
    entries: Iterable[ReadEntry], publisher: Publisher, timeout_seconds: float = CONFIRM_SECONDS
) -> list[EntryAnswer]:
    """Publish what can be, and return what has become of each entry.

    Once the publisher fails it sends nothing more.
    """
    sent: dict[int, Sent] = {}

    def send(line: int, event: Event) -> None:
        with suppress(PublishError):
            sent[line] = publisher.publish(event)

    answers = [_answer(entry, send, EntryOutcome.UNCONFIRMED) for entry in entries]
    if sent:
        with suppress(PublishError):  # each record's own future has its result
            publisher.flush(timeout_seconds)
    places = {line: place_of(record) for line, record in sent.items()}
    return [
        answer._replace(outcome=EntryOutcome.ACCEPTED, place=place)
        if (place := places.get(answer.line))
        else answer
        for answer in answers
    ]


def answer_again(entries: Iterable[ReadEntry]) -> list[EntryAnswer]:
    """Return what was answered when every event that could be sent was acknowledged; send none."""
    return [
        _answer(entry, lambda _, event: value_of(event), EntryOutcome.ACCEPTED) for entry in entries
    ]


def _answer(
    entry: ReadEntry, send: Callable[[int, Event], object], outcome: EntryOutcome
) -> EntryAnswer:
    """Return an entry's outcome, if it can be sent."""
    line, event, problems = entry
    if event is None:
        return EntryAnswer(line, EntryOutcome.REFUSED, None, problems)
    try:
        send(line, event)
    except MalformedError as error:
        return EntryAnswer(line, EntryOutcome.REFUSED, event, _problems(error))
    return EntryAnswer(line, outcome, event)


def _read(batch: EventBatch, entry: Entry) -> ReadEntry:
    try:
        return ReadEntry(entry.line, _event_in(batch, entry.line, entry.content))
    except MalformedError as error:
        return ReadEntry(entry.line, None, _problems(error))


def _event_in(batch: EventBatch, line: int, content: Any) -> Event:
    fields = read_object(content) if isinstance(content, bytes) else content
    if not isinstance(fields, dict):
        raise LineError("it is not a JSON object")
    defaults = {
        "event_id": batch.new_id(line),
        "recorded_at": batch.begun_at.astimezone(UTC).isoformat(),
        "provider_id": batch.provider_id,
    }
    event = event_of(defaults | fields)
    if event.provider_id != batch.provider_id:
        raise LineError("provider_id: the credential is another provider's")
    return event


def _problems(error: MalformedError) -> tuple[str, ...]:
    return error.problems if isinstance(error, LineError) else (error.message,)
