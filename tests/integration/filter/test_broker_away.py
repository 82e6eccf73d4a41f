"""The filter's log while its broker is away: what was begun fails at once, and leaves nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from consent_ledger.filter import kafka_event_log as filter_log
from consent_ledger.filter.event_log import EventLogError, OutRecord
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from consumers.tray_reader import read_tray
from deploy.broker.topics import create_topics
from deploy.one_machine.embedded.kafka import EmbeddedKafka
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


@pytest.mark.parametrize("step", ["begin_transaction", "commit_transaction"])
def test_a_batch_that_meets_no_broker_is_an_error_at_once(
    kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """By no time limit, and whatever of it was sent is never read: a successor goes on."""
    monkeypatch.setattr(filter_log, "ANSWER_SECONDS", NEVER_SECONDS)
    with closing(KafkaEventLog(kafka.connection, "filter-0")) as log:
        log.acquire()
        log.append([batch(b"before")])
        do_step = getattr(log._producer, step)

        def stop_before_it() -> None:
            kafka.stop()
            do_step()

        monkeypatch.setattr(log._producer, step, stop_before_it)
        pool = ThreadPoolExecutor(1)
        meanwhile = pool.submit(log.append, [batch(b"meanwhile")])
        with pytest.raises(EventLogError, match="did not take a batch of 1 records"):
            meanwhile.result(AT_ONCE_SECONDS)
        pool.shutdown(wait=False)

        kafka.start()
        with closing(KafkaEventLog(kafka.connection, "filter-0")) as successor:
            successor.acquire()
            successor.append([batch(b"after")])
    assert [one.value for one in read_tray(kafka.connection, TRAY)] == [b"before", b"after"]


def batch(value: bytes) -> OutRecord:
    """Return a record of the tray."""
    return OutRecord(TRAY, 0, b"a", value, [])
