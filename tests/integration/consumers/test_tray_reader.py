import logging
import time
from datetime import timedelta
from typing import NoReturn

import pytest
from confluent_kafka import Producer
from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient
from kafka.errors import RequestTimedOutError
from kafka.structs import TopicPartition
from sqlalchemy import Engine, func, select

from consumers import tray_reader
from consumers.analytics import tables
from consumers.analytics.facts import AnalyticsFacts
from consumers.follower import TrayFollower, Turn
from consumers.tray import PositionLostError, TrayBatch, TrayError
from consumers.tray_reader import TrayReader, read_tray
from deploy.one_machine.embedded.ports import free_ports
from schemas.categories import Category
from schemas.errors import KafkaAwayError
from schemas.fetched_batches import take_tray_records
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.trays import TrayRecord
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_referral
from tests.support.kafka_settings import for_librdkafka
from tests.support.out_trays import delete_topic, make_topic, out_record, retracted, write

KEPT_FOR = timedelta(days=7)


@pytest.fixture
def tray(kafka: KafkaConnection, unique: str) -> str:
    """Give an empty out-tray."""
    topic = f"out.{unique}.test"
    make_topic(kafka, TopicName(topic))
    return topic


def bare(records: list[TrayRecord]) -> set[tuple[bytes, bytes | None]]:
    """Return keys and values."""
    return {(record.key, record.value) for record in records}


def test_a_whole_tray_is_read_in_the_order_of_each_partition(
    kafka: KafkaConnection, tray: TopicName
) -> None:
    """Values, tombstones and headers come as they were written, offsets rising."""
    events = [make_referral() for _ in range(9)]
    records = [out_record(event) for event in events] + [retracted(events[0])]
    records[0] = records[0]._replace(headers=(("agreement", b"a.b"), ("closed", b"")))
    write(kafka, tray, records)

    found = list(read_tray(kafka, tray))

    assert bare(found) == bare(records)
    assert {record.topic for record in found} == {tray}
    assert (("agreement", b"a.b"), ("closed", b"")) in {record.headers for record in found}
    for partition in range(PARTITIONS):
        offsets = [record.offset for record in found if record.partition == partition]
        assert offsets == sorted(offsets)


def test_records_are_the_same_by_way_of_the_clients_own(
    kafka: KafkaConnection, tray: TopicName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which are taken where the client's inside is another one; that of today is reached."""
    events = [make_referral() for _ in range(9)]
    write(kafka, tray, [out_record(event) for event in events] + [retracted(events[0])])
    write(kafka, tray, [out_record(make_referral())], is_aborted=True)
    reached: list[bool] = []
    take = take_tray_records

    def seen(consumer: KafkaConsumer) -> bool:
        reached.append(take(consumer))
        return reached[-1]

    monkeypatch.setattr(tray_reader, "take_tray_records", seen)
    found = list(read_tray(kafka, tray))
    monkeypatch.setattr(tray_reader, "take_tray_records", lambda _: False)

    assert list(read_tray(kafka, tray)) == found
    assert len(found) == 10
    assert reached == [True]


def test_some_partitions_are_read_by_themselves(kafka: KafkaConnection, tray: TopicName) -> None:
    """One gives what stands in it, all together give everything, and none gives nothing."""
    records = [out_record(make_referral()) for _ in range(20)]
    write(kafka, tray, records)

    by_one = [list(read_tray(kafka, tray, is_read=n.__eq__)) for n in range(PARTITIONS)]

    for partition, found in enumerate(by_one):
        assert {one.partition for one in found} == {partition}
    assert bare([one for found in by_one for one in found]) == bare(records)
    assert list(read_tray(kafka, tray, is_read=lambda _: False)) == []


def test_an_empty_tray_has_no_record(kafka: KafkaConnection, tray: TopicName) -> None:
    """Reading ends at once where nothing was ever written."""
    assert list(read_tray(kafka, tray)) == []


def test_what_was_aborted_is_not_read_and_does_not_hold_up(
    kafka: KafkaConnection, tray: TopicName
) -> None:
    """Neither aborted records nor markers at the end of the log keep a reading from its end."""
    committed, aborted = make_referral(), make_referral()
    write(kafka, tray, [out_record(committed)])
    write(kafka, tray, [out_record(aborted)], is_aborted=True)

    found = list(read_tray(kafka, tray, patience_seconds=10))

    assert bare(found) == bare([out_record(committed)])


def test_an_open_transaction_is_named_with_its_place(
    kafka: KafkaConnection, tray: TopicName
) -> None:
    """Who reads is told what is wrong, where, and when it will be over."""
    record = out_record(make_referral())
    write(kafka, tray, [record._replace(partition=1)])
    writer = Producer(for_librdkafka(kafka) | {"transactional.id": tray})
    writer.init_transactions()
    writer.begin_transaction()
    writer.produce(tray, b"value", b"key", 1)
    writer.flush()

    with pytest.raises(TrayError, match="nothing for 1 seconds: partition 1 at offset 2") as raised:
        list(read_tray(kafka, tray, patience_seconds=1))

    assert "A transaction is open there." in str(raised.value)
    writer.abort_transaction()
    assert bare(list(read_tray(kafka, tray))) == bare([record])


def test_a_client_that_stands_still_is_told_from_an_open_transaction(
    kafka: KafkaConnection, tray: TopicName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All can be read; it is not."""
    write(kafka, tray, [out_record(make_referral())._replace(partition=0)])
    at_the_start = TrayBatch((), dict.fromkeys(range(PARTITIONS), 0))
    monkeypatch.setattr(TrayReader, "poll", lambda *_, **__: at_the_start)

    with pytest.raises(TrayError, match="partition 0 at offset 0") as raised:
        list(read_tray(kafka, tray, patience_seconds=0))

    assert "the client stands still" in str(raised.value)


def test_a_tray_whose_start_was_deleted_is_read_from_what_is_left(
    kafka: KafkaConnection, unique: str
) -> None:
    """A log need not begin at 0."""
    tray = f"out.{unique}.cut"
    make_topic(kafka, TopicName(tray), cleanup_policy="delete")
    events = [make_referral() for _ in range(2)]
    records = [out_record(event)._replace(partition=1) for event in events]
    write(kafka, TopicName(tray), records)
    with KafkaAdminClient(**kafka.for_client()) as admin:
        admin.delete_records({TopicPartition(tray, 1): 1})

    assert bare(list(read_tray(kafka, TopicName(tray)))) == bare(records[1:])


def test_a_compacted_tray_is_read_to_its_end(kafka: KafkaConnection, unique: str) -> None:
    """The gaps that compaction leaves keep nobody waiting, and the last value is there."""
    tray = f"out.{unique}.compacted"
    make_topic(
        kafka,
        TopicName(tray),
        segment_ms="100",
        min_cleanable_dirty_ratio="0.01",
        max_compaction_lag_ms="100",
    )
    event, others = make_referral(), [make_referral() for _ in range(PARTITIONS * 3)]
    versions = [out_record(event), out_record(event, [Category.NOTES])]
    write(kafka, TopicName(tray), map(out_record, others))
    until, written, found = time.monotonic() + 60, len(others), len(others)
    while found == written and time.monotonic() < until:
        write(kafka, TopicName(tray), versions)
        written += len(versions)
        time.sleep(0.2)
        records = list(read_tray(kafka, TopicName(tray), patience_seconds=10))
        found = len(records)

    assert found < written, "nothing was compacted: the test has shown nothing"
    assert {record.key: record.value for record in records} == {
        one.key: one.value for one in (*map(out_record, others), *versions)
    }


def test_a_tray_that_is_not_there_is_named(kafka: KafkaConnection, unique: str) -> None:
    """A consumer of a missing topic would wait for ever and see nothing."""
    with pytest.raises(TrayError, match=f"There is no topic out.{unique}.x"):
        list(read_tray(kafka, TopicName(f"out.{unique}.x")))


def test_a_broker_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which address gave no answer, and what else could look like it."""
    monkeypatch.setattr(tray_reader, "BOOTSTRAP_MS", 500)
    (port,) = free_ports(1)

    with pytest.raises(KafkaAwayError, match=rf"at 127\.0\.0\.1:{port}"):
        list(read_tray(KafkaConnection(f"127.0.0.1:{port}"), TopicName("out.a.b")))


def test_a_broker_that_does_not_answer_in_time_ends_no_reader(
    kafka: KafkaConnection, tray: TopicName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How far behind it is, is not known for a moment; it reads on."""
    with TrayReader(kafka, tray) as reader:
        with monkeypatch.context() as patch:
            patch.setattr(KafkaAdminClient, "list_partition_offsets", too_late)
            assert reader.ends() is None
        assert reader.ends() == dict.fromkeys(reader.partitions, 0)


def too_late(*_: object) -> NoReturn:
    """Answer nothing in time."""
    raise RequestTimedOutError


def test_what_cannot_be_taken_apart_ends_the_reading(
    kafka: KafkaConnection, tray: TopicName
) -> None:
    """After such a failure the client would burn a core for ever: it is left at once."""
    writer = Producer(for_librdkafka(kafka) | {"compression.type": "lz4"})
    for _ in range(100):
        writer.produce(tray, key=b"a|b", value=b"x" * 100)
    writer.flush(10)

    with pytest.raises(TrayError, match="compression"):
        list(read_tray(kafka, tray))


def test_a_position_outside_the_log_is_an_error(kafka: KafkaConnection, tray: TopicName) -> None:
    """The client's default would go on at the end and skip what lies between."""
    with TrayReader(kafka, tray) as reader:
        reader.seek(dict.fromkeys(range(PARTITIONS), 1000))

        with pytest.raises(PositionLostError):
            reader.poll(10)


def test_the_client_s_log_never_goes_below_info(kafka: KafkaConnection, tray: TopicName) -> None:
    """At DEBUG kafka-python would write keys and values of people's records."""
    logger = logging.getLogger("kafka")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        with TrayReader(kafka, tray):
            assert logger.level == logging.INFO
    finally:
        logger.setLevel(before)


def events_held(engine: Engine) -> int:
    """Return how many events the analytics hold anything of."""
    with engine.connect() as connection:
        count = func.count(tables.fact.c.event_key.distinct())
        return connection.scalar(select(count)) or 0


def test_a_follower_keeps_up_with_a_real_tray(
    kafka: KafkaConnection, tray: TopicName, engine: Engine
) -> None:
    """Values, a redaction and a tombstone arrive; a second reader goes on where the first was."""
    events = [make_referral() for _ in range(20)]
    write(kafka, tray, map(out_record, events))
    with TrayReader(kafka, tray) as reader:
        TrayFollower(engine, reader, AnalyticsFacts(), absence_limit=KEPT_FOR).catch_up(30)

    assert events_held(engine) == 20

    write(
        kafka,
        tray,
        [retracted(events[0]), out_record(events[1], [Category.CONTACT])],
    )
    turns: list[Turn] = []
    with TrayReader(kafka, tray) as reader:
        TrayFollower(
            engine, reader, AnalyticsFacts(), absence_limit=KEPT_FOR, on_turn=turns.append
        ).catch_up(30)

    assert events_held(engine) == 19
    assert (sum(one.upserted for one in turns), sum(one.deleted for one in turns)) == (1, 1)


def test_a_tray_made_again_is_read_again_into_empty_tables(
    kafka: KafkaConnection, tray: TopicName, engine: Engine
) -> None:
    """Whoever loses the broker's disk ends with what the new tray holds, and nothing else."""
    write(kafka, tray, [out_record(make_referral()) for _ in range(5)])
    with TrayReader(kafka, tray) as reader:
        TrayFollower(engine, reader, AnalyticsFacts(), absence_limit=KEPT_FOR).catch_up(30)
    delete_topic(kafka, tray)
    make_topic(kafka, tray)
    write(kafka, tray, [out_record(make_referral())])

    with TrayReader(kafka, tray) as reader:
        TrayFollower(engine, reader, AnalyticsFacts(), absence_limit=KEPT_FOR).catch_up(30)

    assert events_held(engine) == 1
