"""The filter's log while its broker is away: what was begun fails at once, and leaves nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from consent_ledger.filter import kafka_event_log as filter_log
from consent_ledger.filter import librdkafka_event_log
from consent_ledger.filter.event_log import EventLog, EventLogError
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from consent_ledger.filter.librdkafka_event_log import LibrdkafkaEventLog
from consent_ledger.filter.records import OutRecord
from consumers.tray_reader import read_tray
from deploy.broker.topics import create_topics
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from schemas.errors import KafkaAwayError
from schemas.identifiers import AgreementId, TopicName

TRAY = TopicName("out.a.purpose")
AT_ONCE_SECONDS = 20.0
"""Far above what is seen, far below `NEVER_SECONDS`."""
NEVER_SECONDS = 90.0


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    """Give a broker of the test's own, with one tray."""
    with EmbeddedKafka(tmp_path / "kafka") as broker:
        create_topics(
            broker.connection,
            [],
            [AgreementId("a.purpose")],
            partitions=1,
            replication=1,
            segment_ms=3_600_000,
        )
        yield broker


@pytest.mark.parametrize("step", ["begin_transaction", "begin_commit"])
def test_a_batch_that_meets_no_broker_is_an_error_at_once(
    kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """By no time limit, and whatever of it was sent is never read: a successor goes on."""
    monkeypatch.setattr(filter_log, "ANSWER_SECONDS", NEVER_SECONDS)
    with closing(KafkaEventLog(kafka.connection, "filter-0")) as log:
        log.acquire()
        log.append([batch(b"before")])
        does_it = log._producer._transaction_manager
        do_step = getattr(does_it, step)

        def stop_before_it() -> object:
            kafka.stop()
            return do_step()

        monkeypatch.setattr(does_it, step, stop_before_it)
        pool = ThreadPoolExecutor(1)
        meanwhile = pool.submit(log.append, [batch(b"meanwhile")])
        with pytest.raises(EventLogError, match="did not take a batch of 1 records"):
            meanwhile.result(AT_ONCE_SECONDS)
        pool.shutdown(wait=False)

        kafka.start()
        values = values_after(KafkaEventLog(kafka.connection, "filter-0"), kafka)
    assert values == [b"before", b"after"]


def test_librdkafka_waits_for_its_broker_and_goes_on(
    kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends again what was not answered, once, in the same transaction; and it reads on."""

    def go_and_come_back() -> None:
        kafka.stop()
        assert log.poll(0.5, 10) == []
        kafka.start()

    with closing(LibrdkafkaEventLog(kafka.connection, "filter-0")) as log:
        log.acquire()
        log.read_from({(TRAY, 0): None})
        log.append([batch(b"before")])
        assert [one.value for one in log.poll(AT_ONCE_SECONDS, 10)] == [b"before"]
        before(log, "commit_transaction", go_and_come_back, monkeypatch)
        log.append([batch(b"meanwhile")])
        assert [one.value for one in log.poll(AT_ONCE_SECONDS, 10)] == [b"meanwhile"]
        log.append([batch(b"after")])
    values = [one.value for one in read_tray(kafka.connection, TRAY)]
    assert values == [b"before", b"meanwhile", b"after"]


def test_librdkafka_gives_up_a_broker_that_stays_away(
    kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """After its limit, without a word of its own, and what it sent is never read."""
    with closing(LibrdkafkaEventLog(kafka.connection, "filter-0")) as log:
        log.acquire()
        log.append([batch(b"before")])
        capfd.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(librdkafka_event_log, "ANSWER_SECONDS", 2.0)
            before(log, "commit_transaction", kafka.stop, patch)
            with pytest.raises(EventLogError, match=r"batch of 1 records \(no answer in time\)"):
                log.append([batch(b"meanwhile")])
            with (
                closing(LibrdkafkaEventLog(kafka.connection, "filter-0")) as early,
                pytest.raises(KafkaAwayError, match="no answer in time"),
            ):
                early.acquire()
    assert capfd.readouterr().err == ""

    kafka.start()
    values = values_after(LibrdkafkaEventLog(kafka.connection, "filter-0"), kafka)
    assert values == [b"before", b"after"]


def values_after(successor: EventLog, kafka: EmbeddedKafka) -> list[bytes | None]:
    """Let a successor take over and append one record; return what the tray holds then."""
    with closing(successor):
        successor.acquire()
        successor.append([batch(b"after")])
    return [one.value for one in read_tray(kafka.connection, TRAY)]


def before(
    log: LibrdkafkaEventLog,
    step: str,
    happens: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let something happen before a step of the log's producer, once."""
    producer = log._producer
    happened: list[object] = []

    class Interrupted:
        def __getattr__(self, name: str) -> object:
            if name == step and not happened:
                happened.append(True)
                happens()
            return getattr(producer, name)

    monkeypatch.setattr(log, "_producer", Interrupted())


def batch(value: bytes) -> OutRecord:
    """Return a record of the tray."""
    return OutRecord(TRAY, 0, b"a", value, [])
