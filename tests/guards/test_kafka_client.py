import logging
from collections.abc import Callable, Iterator
from enum import EnumType
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import pytest
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from consent_ledger.filter import kafka_event_log as log
from consent_ledger.filter.strict_client import StrictClient
from consumers import tray_reader
from producers import publisher
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from tests.guards.source_files import PACKAGES, is_within, name_of, python_files, reached_by

ONE_FOR_EACH_ROLE = {
    "producers/publisher.py",
    "consent_ledger/filter/kafka_event_log.py",
    "consumers/tray_reader.py",
}
BENEATH_A_ROLE = {
    "consent_ledger/filter/strict_client.py",  # the network of the filter's producer
    "consent_ledger/filter/record_batches.py",  # what it is given in place of records
    "schemas/fetched_batches.py",  # takes records out of what a reader or the filter has fetched
    "schemas/kafka_connection.py",  # gives it a token, where one logs in with one
}
TO_RUN_A_BROKER = {
    "deploy/one_machine/embedded/kafka.py",  # asks whether it answers
    "deploy/broker/administration.py",  # asks about topics and groups
    "deploy/broker/topics.py",  # creates topics
    "deploy/broker/access.py",  # makes rules
    "deploy/broker/beyond.py",  # knows the kinds of rules
    "deploy/broker/passwords.py",  # makes users
    "deploy/cli/failures.py",  # puts the client's errors into words
}
FOR_USERS = ("kafka.admin", "kafka.errors")
"""Modules of the client whose names are meant for users, beside those of `kafka` itself."""
INSIDE = {
    "kafka.KafkaProducer.DEFAULT_CONFIG",  # the publisher wraps the client that it would make
    "kafka.consumer.fetcher.Fetcher",  # records are taken out of what it has fetched
    "kafka.consumer.fetcher.Fetcher.PartitionRecords",
    "kafka.record.default_records.DefaultRecordBatch",
    "kafka.net.sasl.oauth.AbstractTokenProvider",  # what it asks for a token
    "kafka.future.Future",  # what the strict client answers with
    "kafka.net.compat.KafkaNetClient",  # the strict client extends it
    "kafka.producer.future.FutureRecordMetadata",  # these make a batch as `send()` does
    "kafka.producer.producer_batch.FinalState",
    "kafka.producer.producer_batch.FinalState.SUCCEEDED",
    "kafka.producer.producer_batch.ProducerBatch",
    "kafka.record.memory_records.MemoryRecordsBuilder",
}
"""What is used of the client's inside, which any version may change."""
NOWHERE = KafkaConnection("nowhere:1")


def imports(module: str) -> dict[str, set[str]]:
    """Return, for each file that reaches into a module, the names that it reaches."""
    reached = {
        name_of(path): {name for name in reached_by(path) if is_within(name, module)}
        for path in python_files(*PACKAGES)
    }
    return {file: names for file, names in reached.items() if names}


def test_the_kafka_client_is_imported_in_one_file_for_each_role() -> None:
    """Whatever the client does wrong is dealt with there, and can be replaced there."""
    found = imports("kafka")

    assert found.keys() >= ONE_FOR_EACH_ROLE
    assert found.keys() - ONE_FOR_EACH_ROLE == BENEATH_A_ROLE | TO_RUN_A_BROKER


def test_whoever_runs_a_broker_reads_and_writes_no_record() -> None:
    """Outside the roles' files there is neither a consumer nor a producer."""
    for file, names in imports("kafka").items():
        if file in TO_RUN_A_BROKER:
            assert not any("Consumer" in name or "Producer" in name for name in names), file
            assert "kafka" not in names, f"{file}: the whole client"


def test_what_is_used_of_the_client_s_inside_is_listed() -> None:
    """A version that changes one of these may change the bus: it is read before an upgrade.

    What begins with an underscore is out of reach: the linter refuses it in every file but two,
    both `record_batches`, which ask whether it is there and do without where it is not.
    """
    reached = {name for names in imports("kafka").values() for name in names}

    assert {name for name in reached if is_inside(name)} == INSIDE


def test_what_the_strict_client_overrides_is_there() -> None:
    """An override of a method that has gone, or has got another name, would do nothing."""
    overridden = {name for name in vars(StrictClient) if not name.startswith("__")}

    assert overridden == {"await_ready", "send"}
    assert all(callable(getattr(KafkaNetClient, name)) for name in overridden)


def is_inside(name: str) -> bool:
    """Tell whether a name of the client is none that its modules for users offer.

    A name below a class is none either, unless it is an error's or a value of an enumeration.
    """
    offering = next(one for one in (*FOR_USERS, "kafka") if is_within(name, one))
    first, _, below = name.removeprefix(offering).lstrip(".").partition(".")
    if not first:
        return False
    offered = vars(import_module(offering)).get(first)
    if offered is None or isinstance(offered, ModuleType):
        return True
    is_plain = isinstance(offered, EnumType) or issubclass(offered, KafkaError)
    return bool(below) and not is_plain


@pytest.mark.parametrize(
    ("name", "is_of_the_inside"),
    [
        ("kafka.KafkaConsumer", False),
        ("kafka.errors.KafkaError", False),
        ("kafka.admin.OffsetSpec.LATEST", False),
        ("kafka.KafkaConsumer.DEFAULT_CONFIG", True),
        ("kafka.cluster.ClusterMetadata", True),
        ("kafka.admin.client.KafkaAdminClient", True),
    ],
)
def test_the_inside_is_told_from_what_is_offered(name: str, *, is_of_the_inside: bool) -> None:
    """A module for users offers its classes, and neither its files nor their settings."""
    assert is_inside(name) is is_of_the_inside


def test_the_filter_alone_may_come_by_another_client() -> None:
    """Everybody else has one way to reach Kafka; what the other must not do stands in its file."""
    assert imports("confluent_kafka").keys() == {"consent_ledger/filter/librdkafka_event_log.py"}
    assert imports("aiokafka") == {}


@pytest.fixture
def talkative() -> Iterator[logging.Logger]:
    """Give the client's logger, set to tell everything; and as it was afterwards."""
    logger = logging.getLogger("kafka")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.setLevel(before)


class NoClientError(Exception):
    """Raised in a client's stead: it would have begun to talk."""


def no_client(*_: Any, **__: Any) -> None:
    """Stand for a client's constructor."""
    raise NoClientError


@pytest.mark.parametrize(
    ("module", "client", "begin"),
    [
        (publisher, "KafkaProducer", lambda: publisher.connect(NOWHERE)),
        (log, "KafkaConsumer", lambda: log.KafkaEventLog(NOWHERE, "filter-0")),
        (
            tray_reader,
            "KafkaAdminClient",
            lambda: tray_reader.TrayReader(NOWHERE, TopicName("out.a.b")),
        ),
    ],
    ids=["publisher", "filter", "tray reader"],
)
def test_the_client_never_logs_a_record(
    module: Any,
    client: str,
    begin: Callable[[], Any],
    talkative: logging.Logger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At DEBUG it writes keys, values and headers: that is dropped, whoever asks for it later."""
    written = Mock()
    monkeypatch.setattr(logging.Logger, "callHandlers", written)
    monkeypatch.setattr(module, client, no_client)

    with pytest.raises(NoClientError):
        begin()

    assert talkative.level == logging.INFO
    for name in ("kafka", "kafka.producer.kafka", "kafka.net.connection"):
        logger = logging.getLogger(name)
        before = logger.level
        logger.setLevel(logging.DEBUG)
        logger.debug("a record")
        logger.setLevel(before)
    assert "a record" not in [call.args[-1].msg for call in written.call_args_list]
