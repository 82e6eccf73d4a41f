from datetime import UTC, datetime, timedelta

import pytest

from consumers.inbox import page as pages
from consumers.inbox.cursor import TrayCursor
from consumers.inbox.page import Page, read_page
from consumers.tray import PositionLostError, TrayError
from schemas.identifiers import TopicName
from schemas.trays import TrayRecord, tick_key
from tests.integration.consumers.memory_tray import MemoryTray

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
DAYS = timedelta(days=30)


def record(key: str, partition: int = 0, value: bytes | None = b"value") -> TrayRecord:
    """Return a record to be appended."""
    return TrayRecord(TopicName(""), partition, 0, key.encode(), value, ())


@pytest.fixture
def tray() -> MemoryTray:
    """Give a tray of two partitions with five records in them, and a tick."""
    tray = MemoryTray(2)
    tray.append(*(record(f"a|{number}") for number in range(3)))
    tray.append(record("b|0", 1), record("b|0", 1, None))
    tray.append(record(tick_key(0).decode(), 0, None))
    return tray


def read(tray: MemoryTray, after: TrayCursor | None, most: int = 100, now: datetime = NOW) -> Page:
    """Return a page."""
    return read_page(tray, after, most=most, now=now, absence_limit=DAYS)


def test_pages_hold_everything_once_and_in_the_order_of_each_partition(tray: MemoryTray) -> None:
    """Retractions too, and no tick; however small the pages are."""
    for most in (1, 2, 3, 100):
        found: list[TrayRecord] = []
        page = read(tray, None, most)
        while True:
            assert len(page.records) <= most
            found += page.records
            if page.is_caught_up:
                break
            page = read(tray, page.cursor, most)

        assert [one.offset for one in found if one.partition == 0] == [0, 1, 2]
        assert [(one.key, one.value) for one in found if one.partition == 1] == [
            (b"b|0", b"value"),
            (b"b|0", None),
        ]


def test_what_comes_later_is_on_the_next_page_alone(tray: MemoryTray) -> None:
    """A page of nothing moves the cursor over what was skipped."""
    first = read(tray, None)
    nothing = read(tray, first.cursor)
    tray.append(record("b|1", 1))

    assert nothing == Page([], first.cursor, is_caught_up=True)
    assert [one.key for one in read(tray, nothing.cursor).records] == [b"b|1"]


def test_a_page_ends_where_it_has_enough_bytes(
    tray: MemoryTray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a tray of long records does not fill the memory."""
    monkeypatch.setattr(pages, "MOST_BYTES", 10)

    page = read(tray, None)

    assert len(page.records) == 2
    assert not page.is_caught_up


def test_a_cursor_of_another_tray_or_of_one_made_again_is_lost(tray: MemoryTray) -> None:
    """It would leave records out."""
    cursor = read(tray, None).cursor
    for other in (MemoryTray(2, topic_id="second"), MemoryTray(3)):
        with pytest.raises(PositionLostError):
            read(other, cursor)


def test_a_cursor_is_too_old_once_a_retraction_may_be_forgotten(tray: MemoryTray) -> None:
    """Counted from when its reader had last read everything, however often it read since."""
    tray.append(record("a|9"))
    end = read(tray, None).cursor
    later = NOW + timedelta(days=20)
    tray.append(record("a|10"), record("a|11"))
    behind = read(tray, end, 1, later)

    assert not behind.is_caught_up
    with pytest.raises(PositionLostError):
        read(tray, behind.cursor, now=NOW + DAYS + timedelta(seconds=1))
    caught_up = read(tray, behind.cursor, now=NOW + DAYS)
    assert caught_up.is_caught_up
    read(tray, caught_up.cursor, now=NOW + 2 * DAYS)


def test_a_tray_that_gives_nothing_is_an_error(
    tray: MemoryTray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a page of nothing, which would look like its end."""
    monkeypatch.setattr(pages, "_PATIENCE_SECONDS", 0.0)
    tray.is_stuck = True

    with pytest.raises(TrayError, match="gave nothing"):
        read(tray, None)
