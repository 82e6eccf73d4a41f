"""Turns an out-tray's records into changes of a recipient's state: upsert or delete by key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from schemas.codec import FIELD_AT, read_walked
from schemas.errors import MalformedError
from schemas.framing import HEADER_BYTES, schema_id_of
from schemas.identifiers import EventId, is_passport_number
from schemas.registry import LockedSchema, schema_by_id
from schemas.trays import TrayRecord, is_tick, split_out_key
from schemas.walk import read_long, read_text

_EVENT_ID: Final = FIELD_AT["event_id"]
_PARTICIPANT: Final = FIELD_AT["participant_id"]
_OCCURRED: Final = FIELD_AT["occurred_at"]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PARTICIPATION: Final = FIELD_AT["participation"]


@dataclass(frozen=True)
class Upsert:
    """An event as it may now be seen, in a value that passed its schema's walk.

    `participant` and `event_id` are the key's, by which it is deleted: pseudonyms where the tray is
    pseudonymous. Where a pseudonym stands for a journey, `fields["participant_id"]` is that.
    """

    participant: str
    event_id: EventId
    value: bytes
    walked: Sequence[int] = field(default=(), compare=False, repr=False)

    @cached_property
    def offsets(self) -> Sequence[int]:
        """Where each field of the value begins."""
        return self.walked or self.schema.walk(self.value, HEADER_BYTES)

    @property
    def schema(self) -> LockedSchema:
        """What the value was written with."""
        return schema_by_id(schema_id_of(self.value))

    @property
    def event(self) -> str:
        """The event's type."""
        return self.schema.event

    @property
    def occurred_at(self) -> datetime:
        """When it happened, as far as may be seen."""
        milliseconds, _ = read_long(self.value, self.offsets[_OCCURRED])
        return _EPOCH + timedelta(milliseconds=milliseconds)

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The event's fields, with None for each block that is closed: decoded when asked for."""
        return storable(read_walked(self.value))

    def block(self, name: str) -> bytes:
        """Return the bytes of a block as they stand in the value."""
        place = FIELD_AT[name]
        return self.value[self.offsets[place] : self.offsets[place + 1]]


@dataclass(frozen=True, slots=True)
class Delete:
    """An event that may not be seen any more, or was never seen."""

    participant: str
    event_id: EventId


Change = Upsert | Delete


def latest_changes(records: Iterable[TrayRecord]) -> list[Change]:
    """Return one change for each key: the last record wins, and only that is looked at.

    A key is in one partition, so the order between partitions does not matter. Ticks are skipped.
    Raises MalformedError where a last record is not what the filter writes.
    """
    latest = {record.key: record for record in records if not is_tick(record.key)}
    return [_change(record) for record in latest.values()]


def _change(record: TrayRecord) -> Change:
    participant, event_id = split_out_key(record.key)
    value = record.value
    if value is None:
        return Delete(participant, event_id)
    offsets = schema_by_id(schema_id_of(value)).walk(value, HEADER_BYTES)
    shown_as = read_text(value, offsets[_PARTICIPANT])
    is_shown = shown_as == participant or (
        shown_as.startswith("P") and not is_passport_number(participant)
    )
    if not is_shown or read_text(value, offsets[_EVENT_ID]) != event_id:
        raise MalformedError(f"{_place(record)} whose key is not that of its value.")
    if value[offsets[_PARTICIPATION]] == 0:
        raise MalformedError(f"{_place(record)} without participation, the gate to every record.")
    return Upsert(participant, event_id, value, offsets)


def _place(record: TrayRecord) -> str:
    return f"{record.topic} has a record in partition {record.partition} at {record.offset}"


def storable(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with U+FFFD for each NUL: Avro takes it in a text, PostgreSQL does not.

    One provider's odd text must not stop a recipient's reader.
    """
    if not any(map(_holds_nul, fields.values())):
        return fields
    return {name: _without_nul(value) for name, value in fields.items()}


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    inner = value.values() if isinstance(value, dict) else value
    return isinstance(value, dict | list) and any(_holds_nul(part) for part in inner if part)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_nul(item) for name, item in value.items()}
    return value
