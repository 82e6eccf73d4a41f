"""What may enter: each record of an in-tray is an event, or is refused with a reason."""

from enum import StrEnum
from typing import NamedTuple

from consent_ledger.filter.records import InRecord
from schemas.codec import WalkedEvent, read_days, walk
from schemas.date_order import DATED_BLOCKS, DateOrderError, misordered
from schemas.errors import MalformedError
from schemas.trays import partition_of, provider_of


class Reason(StrEnum):
    """Why a record was not accepted: a code for metrics and dead letters."""

    NO_VALUE = "no-value"
    MALFORMED = "malformed"
    WRONG_PROVIDER = "wrong-provider"
    WRONG_KEY = "wrong-key"
    WRONG_PARTITION = "wrong-partition"
    UNKNOWN_PARTICIPANT = "unknown-participant"
    ERASED_PARTICIPANT = "erased-participant"
    EVENT_OF_ANOTHER_PROVIDER = "event-of-another-provider"
    REVISION_CONFLICT = "revision-conflict"


class RefusedRecord(NamedTuple):
    """A record that goes to the dead letters. `detail` is for a person and holds no value."""

    record: InRecord
    reason: Reason
    detail: str = ""


def admit(record: InRecord, partitions: int) -> WalkedEvent | RefusedRecord:
    """Check what the record by itself can show.

    A record in another partition than its participant's would give the person a second writer.
    """
    if record.value is None:
        return RefusedRecord(record, Reason.NO_VALUE)
    try:
        event = walk(record.value)
        _demand_date_order(event)
    except MalformedError as error:
        return RefusedRecord(record, Reason.MALFORMED, error.message)
    if event.provider_id != provider_of(record.topic):
        return RefusedRecord(record, Reason.WRONG_PROVIDER)
    if record.key != event.participant_id.encode():
        return RefusedRecord(record, Reason.WRONG_KEY)
    if record.partition != partition_of(event.participant_id, partitions):
        return RefusedRecord(record, Reason.WRONG_PARTITION)
    return event


def _demand_date_order(event: WalkedEvent) -> None:
    """Raise DateOrderError: who writes its in-tray by itself passes no other door."""
    found = misordered(read_days(event, DATED_BLOCKS.get(event.schema.event, ())))
    if found:
        raise DateOrderError(*found)
