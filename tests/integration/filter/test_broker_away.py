"""The filter's log while its broker is away: what was begun is ended as soon as it is back."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consent_ledger.filter.log import ANSWER_SECONDS, KafkaLog
from consent_ledger.filter.records import OutRecord
from consumers.tray_reader import read_tray
from deploy.embedded.kafka import EmbeddedKafka
from deploy.topics import create_topics

AWAY_SECONDS = 1.0
TRAY = "out.a.purpose"


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    """Give a broker of the test's own, with one tray."""
    with EmbeddedKafka(tmp_path / "kafka") as broker:
        create_topics(
            broker.bootstrap, [], ["a.purpose"], partitions=1, replication=1, segment_ms=3_600_000
        )
        yield broker


def test_a_batch_that_meets_no_broker_is_appended_when_it_is_back(kafka: EmbeddedKafka) -> None:
    """By the same producer: nobody has to start it again, and nothing is left open."""
    log = KafkaLog(kafka.bootstrap, "filter-0")
    log.take_over()
    log.append([OutRecord(TRAY, 0, b"a", b"before", [])])
    kafka.stop()
    with ThreadPoolExecutor(1) as pool:
        appended = pool.submit(log.append, [OutRecord(TRAY, 0, b"a", b"meanwhile", [])])
        time.sleep(AWAY_SECONDS)
        kafka.start()
        appended.result(ANSWER_SECONDS)
    log.append([OutRecord(TRAY, 0, b"a", b"after", [])])

    values = [record.value for record in read_tray(kafka.bootstrap, TRAY)]
    assert values == [b"before", b"meanwhile", b"after"]
    log.close()
