"""What waits for a tray's next batch: missing until then, or as an earlier revision was."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from consent_ledger.audit.expected import BLOCKS
from consent_ledger.audit.trays import Held
from schemas.codec import decode
from schemas.trays import PlacedRecord


def leave_out_waiting(
    waiting: Mapping[tuple[bytes, int], Sequence[bytes]],
    held: Held,
    records: Iterable[PlacedRecord],
) -> None:
    """Leave out of what a tray holds what may stand there until the next batch.

    What stands may show less than the values it is compared with, and no more: then it stays, as a
    surplus.
    """
    values: dict[tuple[bytes, int], bytes | None] = {}
    for record in records:
        if (record.key, record.partition) in waiting:
            values[record.key, record.partition] = record.value
    for place, value in values.items():
        if value is not None and _may_stand(decode(value), map(decode, waiting[place])):
            held.pop(place, None)


def _may_stand(shown: dict[str, Any], permitted: Iterable[dict[str, Any]]) -> bool:
    return any(
        all(
            value == revision[name] or (name in BLOCKS and value is None)
            for name, value in shown.items()
        )
        for revision in permitted
    )
