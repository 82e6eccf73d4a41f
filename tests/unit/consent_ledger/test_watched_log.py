"""A watched log: what comes while its filter sleeps wakes it, and nothing is lost or told twice."""

from collections.abc import Iterator, Mapping, Sequence
from select import select
from threading import Event

import pytest
from typing_extensions import override

from consent_ledger.filter.event_log import EventLogError
from consent_ledger.filter.records import InRecord, OutRecord
from consent_ledger.filter.watched_log import WatchedLog
from schemas.identifiers import TopicName
from tests.support.fakes import ManualClock, MemoryBroker, MemoryEventLog

TOPIC = TopicName("in.borough-d")
PLACE = (TOPIC, 0)


class SlowLog(MemoryEventLog):
    """A log in memory whose poll lasts until it is let go; then it may fail."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker, "filter-0")
        self.let_go = Event()
        self.fails = False
        self.is_closed = False

    @override
    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:
        assert self.let_go.wait(5)
        if self.fails:
            raise EventLogError("The in-trays cannot be read.")
        return super().poll(timeout_seconds, max_records)

    @override
    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def broker() -> MemoryBroker:
    """Give a broker with one record in an in-tray."""
    made = MemoryBroker(ManualClock())
    made.append(TOPIC, 0, b"key", b"first")
    return made


@pytest.fixture
def slow(broker: MemoryBroker) -> SlowLog:
    """Give the log that is watched."""
    return SlowLog(broker)


@pytest.fixture
def log(slow: SlowLog) -> Iterator[WatchedLog]:
    """Give it, watched, at the beginning."""
    with WatchedLog(slow) as made:
        made.read_from({PLACE: None})
        yield made
        slow.let_go.set()


def is_readable(log: WatchedLog, seconds: float = 0) -> bool:
    """Tell whether the log's file is readable, or becomes so in time."""
    return bool(select([log], [], [], seconds)[0])


def test_a_record_rings_and_is_given_once(log: WatchedLog, slow: SlowLog) -> None:
    """The file is readable from when the look has ended until what it found was taken."""
    log.watch(10)
    before = is_readable(log), list(log.poll(0, 10))
    slow.let_go.set()

    assert before == (False, [])
    assert is_readable(log, 5)
    assert [one.value for one in log.poll(0, 10)] == [b"first"]
    assert not is_readable(log)
    assert list(log.poll(0, 10)) == []


def test_one_look_is_under_way_at_a_time(log: WatchedLog, slow: SlowLog) -> None:
    """However often it is asked for, it rings once and skips nothing."""
    log.watch(1)
    log.watch(1)
    slow.let_go.set()

    assert [one.value for one in log.poll(5, 1)] == [b"first"]
    assert not is_readable(log)


def test_a_look_that_found_nothing_is_no_poll(
    log: WatchedLog, slow: SlowLog, broker: MemoryBroker
) -> None:
    """What came after it ended is given at once."""
    slow.let_go.set()
    log.poll(0, 10)
    log.watch(10)
    assert is_readable(log, 5)
    broker.append(TOPIC, 0, b"key", b"second")

    assert [one.value for one in log.poll(0, 10)] == [b"second"]


def test_what_came_after_a_look_comes_with_what_it_found(
    log: WatchedLog, slow: SlowLog, broker: MemoryBroker
) -> None:
    """It does not wait for the turn after, and no more is given than is asked for."""
    slow.let_go.set()
    log.watch(1)
    assert is_readable(log, 5)
    broker.append(TOPIC, 0, b"key", b"second")
    broker.append(TOPIC, 0, b"key", b"third")

    assert [one.value for one in log.poll(0, 2)] == [b"first", b"second"]
    log.watch(1)
    assert [one.value for one in log.poll(5, 1)] == [b"third"]


def test_a_look_is_begun_before_a_turn_is_closed(
    log: WatchedLog, slow: SlowLog, broker: MemoryBroker
) -> None:
    """What came while the turn computed and wrote is looked for as soon as it is written."""
    slow.let_go.set()
    log.acquire()
    taken = log.poll(0, 10)
    broker.append(TOPIC, 0, b"key", b"second")
    log.append([OutRecord(TopicName("out.a.b"), 0, b"key", b"value", [])])

    assert len(taken) == 1
    assert is_readable(log, 5)
    assert [one.value for one in log.poll(0, 10)] == [b"second"]


def test_what_goes_wrong_is_raised_where_the_shard_polls(log: WatchedLog, slow: SlowLog) -> None:
    """And not again: the next poll asks anew."""
    slow.fails = True
    log.watch(10)
    slow.let_go.set()

    with pytest.raises(EventLogError):
        log.poll(5, 10)
    slow.fails = False
    assert [one.value for one in log.poll(0, 10)] == [b"first"]


def test_other_positions_count_for_all_that_comes_after(log: WatchedLog, slow: SlowLog) -> None:
    """What was found at the old ones is not given; it comes from the new ones."""
    log.watch(10)
    slow.let_go.set()
    assert is_readable(log, 5)
    positions: Mapping[tuple[TopicName, int], int | None] = {PLACE: None}
    log.read_from(positions)

    assert not is_readable(log)
    assert [one.offset for one in log.poll(0, 10)] == [0]


def test_closing_waits_for_the_look_and_closes_the_log(slow: SlowLog) -> None:
    """A client is not closed under the thread that uses it."""
    log = WatchedLog(slow)
    log.watch(10)
    slow.let_go.set()
    log.close()

    assert slow.is_closed
