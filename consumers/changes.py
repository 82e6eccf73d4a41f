"""Turns an out-tray's records into changes of a recipient's state: upsert or delete by key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from consumers.tray import TrayRecord
from schemas.codec import decode
from schemas.errors import MalformedError
from schemas.framing import schema_id_of
from schemas.identifiers import EventId, is_passport_number
from schemas.registry import schema_by_id
from schemas.trays import is_tick, split_out_key


@dataclass(frozen=True, slots=True)
class Upsert:
    """An event as it may now be seen. `fields` has None for each block that is closed.

    `participant` and `event_id` are the key's, by which it is deleted: pseudonyms where the tray is
    pseudonymous. Where a pseudonym stands for a journey, `fields["participant_id"]` is that.
    """

    participant: str
    event_id: EventId
    event: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delete:
    """An event that may not be seen any more, or was never seen."""

    participant: str
    event_id: EventId


Change = Upsert | Delete


def latest_changes(records: Iterable[TrayRecord]) -> list[Change]:
    """Return one change for each key: the last record wins, and only that is decoded.

    A key is in one partition, so the order between partitions does not matter. Ticks are skipped.
    Raises MalformedError where a last record is not what the filter writes.
    """
    latest = {record.key: record for record in records if not is_tick(record.key)}
    return [_change(record) for record in latest.values()]


def _change(record: TrayRecord) -> Change:
    participant, event_id = split_out_key(record.key)
    if record.value is None:
        return Delete(participant, event_id)
    fields = decode(record.value)
    place = f"{record.topic} has a record in partition {record.partition} at {record.offset}"
    is_of_journey = not is_passport_number(participant) and fields["participant_id"].startswith("P")
    if fields["event_id"] != event_id or (
        fields["participant_id"] != participant and not is_of_journey
    ):
        raise MalformedError(f"{place} whose key is not that of its value.")
    if fields["participation"] is None:
        raise MalformedError(f"{place} without participation, the gate to every record.")
    event = schema_by_id(schema_id_of(record.value)).event
    return Upsert(participant, event_id, event, _storable(fields))


def _storable(value: Any) -> Any:
    """Return the value with U+FFFD for each NUL: Avro takes it in a text, PostgreSQL does not.

    One provider's odd text must not stop a recipient's reader.
    """
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {name: _storable(item) for name, item in value.items()}
    return value
