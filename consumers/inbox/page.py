"""A page of a tray: what stands there behind a cursor, in the tray's order."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from consumers.inbox.cursor import TrayCursor
from consumers.tray import PositionLostError, Tray, TrayError
from schemas.trays import TrayRecord, is_tick

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of a page's records, about: a record has 256 KiB at most."""
_AT_ONCE: Final = 500
_POLL_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 10.0


class PagedTray(Tray, Protocol):
    """A tray that also says how far it can be read at this moment."""

    def readable_ends(self) -> Mapping[int, int]:
        """Return the offsets behind the last records that are committed."""


class Page(NamedTuple):
    """Records, and where the next page begins; `is_caught_up` where nothing was behind them."""

    records: list[TrayRecord]
    cursor: TrayCursor
    is_caught_up: bool


def read_page(
    tray: PagedTray,
    after: TrayCursor | None,
    *,
    most: int,
    now: datetime,
    absence_limit: timedelta,
) -> Page:
    """Return what stands behind a cursor, or from the start on: committed records, without ticks.

    Records of one partition are in order, and so all that are about one key. `absence_limit` is the
    tray's `delete.retention.ms`.

    Raises:
        PositionLostError: the cursor is of a tray that was made again, or behind its end, or so
            old that a retraction may be forgotten: its reader begins with nothing.
        TrayError: the tray gives nothing although there is more.

    """
    at = dict(tray.starts()) if after is None else _place(tray, after, now - absence_limit)
    ends = tray.readable_ends()
    if any(at[partition] > end for partition, end in ends.items()):
        raise PositionLostError(f"The cursor is behind the end of {tray.topic}.")
    tray.seek(at)
    records: list[TrayRecord] = []
    size, until = 0, time.monotonic() + _PATIENCE_SECONDS
    while (
        len(records) < most
        and size < MOST_BYTES
        and any(at[partition] < end for partition, end in ends.items())
    ):
        batch = tray.poll(_POLL_SECONDS, min(most - len(records), _AT_ONCE))
        records += (record for record in batch.records if not is_tick(record.key))
        size += sum(len(record.value or b"") for record in batch.records)
        if batch.positions != at:
            at, until = dict(batch.positions), time.monotonic() + _PATIENCE_SECONDS
        elif time.monotonic() > until:
            raise TrayError(f"{tray.topic} has more to read, but gave nothing.", "Try it again.")
    is_caught_up = all(at[partition] >= end for partition, end in ends.items())
    caught_up_at = after.caught_up_at if after and not is_caught_up else int(now.timestamp())
    places = tuple(at[partition] for partition in tray.partitions)
    return Page(records, TrayCursor(tray.topic_id, caught_up_at, places), is_caught_up)


def _place(tray: PagedTray, after: TrayCursor, oldest: datetime) -> dict[int, int]:
    if after.topic_id != tray.topic_id or len(after.positions) != len(tray.partitions):
        raise PositionLostError(f"The cursor is of another tray than {tray.topic} is now.")
    if after.caught_up_at < oldest.timestamp():
        raise PositionLostError("The cursor is older than retractions are kept.")
    return dict(zip(tray.partitions, after.positions, strict=True))
