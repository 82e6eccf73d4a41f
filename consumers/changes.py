"""Records of an out-tray to changes of a recipient's state: upsert or delete, by key alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from consumers.tray import TrayRecord
from schemas.codec import decode
from schemas.errors import MalformedError
from schemas.framing import schema_id_of
from schemas.identifiers import EventId
from schemas.registry import schema_by_id
from schemas.trays import is_tick, split_out_key


@dataclass(frozen=True, slots=True)
class Upsert:
    """An event as it may now be seen. `fields` has None for each block that is closed.

    `participant` and `event_id` are the tray's own: pseudonyms where it is pseudonymous.
    """

    participant: str
    event_id: EventId
    event: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delete:
    """An event of which nothing may be seen any more. It may never have been seen."""

    participant: str
    event_id: EventId


Change = Upsert | Delete


def latest_changes(records: Iterable[TrayRecord]) -> list[Change]:
    """Return one change for each key: the last record wins, the others are never decoded.

    A key stands in one partition, so the order between partitions does not matter. Ticks are
    about nobody: they are passed over.

    Raises:
        MalformedError: a last record is not what the filter writes.

    """
    latest = {record.key: record for record in records if not is_tick(record.key)}
    return [_change(record) for record in latest.values()]


def _change(record: TrayRecord) -> Change:
    participant, event_id = split_out_key(record.key)
    if record.value is None:
        return Delete(participant, event_id)
    fields = decode(record.value)
    if (fields["participant_id"], fields["event_id"]) != (participant, event_id):
        raise MalformedError(
            f"{record.topic} has a record in partition {record.partition} at {record.offset} "
            "whose key is not that of its value."
        )
    if fields["participation"] is None:
        raise MalformedError(
            f"{record.topic} has a record in partition {record.partition} at {record.offset} "
            "without participation, the gate to every record."
        )
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
