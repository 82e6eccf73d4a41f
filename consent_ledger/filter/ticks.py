"""Ticks: a tombstone under a key of nobody's, so that compaction can take away what was retracted.

Kafka compacts closed segments alone, and closes one only when something is appended to it. Where
nothing else is written, the bytes of somebody erased would stay for ever.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from consent_ledger.filter.headers import tick_headers
from consent_ledger.filter.records import OutRecord
from schemas.trays import out_tray, tick_key

TICK_EVERY: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_tick_due(checked_at: datetime, now: datetime, every: timedelta) -> bool:
    """Tell whether a whole interval has begun since the last check.

    That moment is stored, so that a filter that is started again and again ticks all the same.
    """
    return (checked_at - _EPOCH) // every != (now - _EPOCH) // every


def ticks(agreement_ids: Iterable[str], partitions: Sequence[int]) -> list[OutRecord]:
    """Return a tick for each of these partitions of each out-tray."""
    return [
        OutRecord(
            out_tray(agreement_id),
            partition,
            tick_key(partition),
            None,
            tick_headers(agreement_id, partition),
        )
        for agreement_id in sorted(agreement_ids)
        for partition in partitions
    ]
