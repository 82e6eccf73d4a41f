"""A tray's record as named fields: what `nwd tray` and the inbox show of it."""

from typing import Any, Final

from schemas.codec import decode
from schemas.trays import TrayRecord, split_out_key

_TYPE_PREFIX: Final = "org.nowrongdoor."


def record_fields(record: TrayRecord) -> dict[str, Any]:
    """Return a record's place, key, headers and decoded value; `value` None retracts the key.

    `closed` are the categories that the agreement names and that are closed for this person. Raises
    MalformedError where the record is not what the filter writes.
    """
    participant, event_id = split_out_key(record.key)
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    return {
        "partition": record.partition,
        "offset": record.offset,
        "participant": participant,
        "event_id": event_id,
        "type": headers.get("ce_type", "").removeprefix(_TYPE_PREFIX),
        "closed": [name for name in headers.get("closed", "").split(",") if name],
        "headers": headers,
        "value": decode(record.value) if record.value is not None else None,
    }
