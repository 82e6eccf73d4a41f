"""Ticks: tombstones under a reserved key, so that compaction can take away what was retracted.

Kafka compacts only closed segments, and closes one only when something is appended to it. Where
nothing else is written, the bytes of a person erased would stay for ever.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from consent_ledger.filter.headers import dead_letter_tick_headers, tick_headers
from consent_ledger.filter.intervals import is_another
from consent_ledger.filter.records import OutRecord
from schemas.identifiers import AgreementId, ProviderId
from schemas.trays import dead_letters, out_tray, tick_key

TICK_EVERY: Final = timedelta(hours=1)


def is_tick_due(checked_at: datetime, now: datetime, every: timedelta) -> bool:
    """Return whether a whole interval has begun since the last check.

    That moment is stored, so that a filter that is started again and again ticks all the same.
    """
    return is_another(checked_at, now, every)


def ticks(
    agreement_ids: Iterable[AgreementId],
    provider_ids: Iterable[ProviderId],
    partitions: Sequence[int],
) -> list[OutRecord]:
    """Return a tick for each of these partitions of each out-tray and dead-letter topic.

    In-trays need none: they are not compacted, and a segment whose time is over is deleted as it
    is, the active one included.
    """
    trays = [(out_tray(one), partial(tick_headers, one)) for one in sorted(agreement_ids)]
    dead = [
        (dead_letters(provider_id), partial(dead_letter_tick_headers, provider_id))
        for provider_id in sorted(provider_ids)
    ]
    return [
        OutRecord(topic, partition, tick_key(partition), None, headers(partition))
        for topic, headers in trays + dead
        for partition in partitions
    ]
