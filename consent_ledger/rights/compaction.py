"""By when compaction and retention have taken bytes off the broker's disks."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

CLEANING: Final = timedelta(minutes=15)
"""Allowed for the broker's cleaner to come round (every 15 s by default) and to do its work."""


class CompactionSettings(NamedTuple):
    """A topic's settings that decide it, in milliseconds."""

    segment_ms: int
    max_compaction_lag_ms: int
    delete_retention_ms: int
    file_delete_delay_ms: int


class RetentionSettings(NamedTuple):
    """The settings of a topic that is not compacted, in milliseconds; -1 is without end."""

    retention_ms: int
    segment_ms: int
    file_delete_delay_ms: int


def expired_by(written_at: datetime, topics: list[RetentionSettings]) -> datetime | None:
    """Return when the records of these topics have expired by age; None is never.

    A segment is kept until its newest record is too old, and takes records in until it is closed.
    """
    if any(one.retention_ms < 0 for one in topics):
        return None
    return max(
        (written_at + timedelta(milliseconds=sum(one)) + CLEANING for one in topics),
        default=written_at,
    )


def expired_before(now: datetime, topics: list[RetentionSettings]) -> datetime | None:
    """Return the moment before which all that was written to these topics has expired by now.

    None is never.
    """
    if not topics or any(one.retention_ms < 0 for one in topics):
        return None
    return now - timedelta(milliseconds=max(map(sum, topics))) - CLEANING


def values_gone_by(
    retracted_at: datetime, topics: list[CompactionSettings], tick_every: timedelta
) -> datetime:
    """Return when the values are gone from every topic, even where only ticks are written.

    The tombstone's segment grows old enough, the next tick closes it, the cleaner must take it
    within the compaction lag, and the old file is deleted after its delay.
    """
    return max((retracted_at + _one_round(one, tick_every) for one in topics), default=retracted_at)


def keys_gone_by(
    retracted_at: datetime, topics: list[CompactionSettings], tick_every: timedelta
) -> datetime:
    """Return when the tombstones themselves are gone: kept for recipients that were away."""
    return max(
        (
            retracted_at
            + 2 * _one_round(topic, tick_every)
            + timedelta(milliseconds=topic.delete_retention_ms)
            for topic in topics
        ),
        default=retracted_at,
    )


def _one_round(settings: CompactionSettings, tick_every: timedelta) -> timedelta:
    waiting = settings.segment_ms + settings.max_compaction_lag_ms + settings.file_delete_delay_ms
    return timedelta(milliseconds=waiting) + tick_every + CLEANING
