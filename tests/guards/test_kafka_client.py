import ast
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from consent_ledger.filter import kafka_event_log as log
from consumers import tray_reader
from producers import publisher
from tests.guards.source_files import PACKAGES, name_of, python_files

ONE_FOR_EACH_ROLE = {
    "producers/publisher.py",
    "consent_ledger/filter/kafka_event_log.py",
    "consumers/tray_reader.py",
}
BENEATH_A_ROLE = {
    "consent_ledger/filter/strict_client.py",  # the network of the filter's producer
}
TO_RUN_A_BROKER = {
    "deploy/one_machine/embedded/kafka.py",  # asks whether it answers
    "deploy/broker/topics.py",  # creates topics
    "deploy/broker/consumer_groups.py",  # asks how far recipients have read
    "deploy/cli/failures.py",  # puts the client's errors into words
}


def imports(module: str) -> dict[str, set[str]]:
    """Return, for each file that imports from a module, the names that it imports."""
    found: dict[str, set[str]] = {}
    for path in python_files(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [f"{node.module}.{one.name}" for one in node.names]
            names = [name for name in names if name.partition(".")[0] == module]
            if names:
                found.setdefault(name_of(path), set()).update(names)
    return found


def test_the_kafka_client_is_imported_in_one_file_for_each_role() -> None:
    """Whatever the client does wrong is dealt with there, and can be replaced there."""
    found = imports("kafka")

    assert found.keys() >= ONE_FOR_EACH_ROLE
    assert found.keys() - ONE_FOR_EACH_ROLE == BENEATH_A_ROLE | TO_RUN_A_BROKER


def test_whoever_runs_a_broker_reads_and_writes_no_record() -> None:
    """Outside the three files there is neither a consumer nor a producer."""
    for file, names in imports("kafka").items():
        if file not in ONE_FOR_EACH_ROLE:
            assert not any("Consumer" in name or "Producer" in name for name in names), file
            assert "kafka" not in names, f"{file}: the whole client"


def test_no_other_kafka_client_is_imported() -> None:
    """There is one way to reach the log; another client is for tests alone."""
    assert imports("confluent_kafka") == imports("aiokafka") == {}


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
        (publisher, "KafkaProducer", lambda: publisher.connect("nowhere:1")),
        (log, "KafkaConsumer", lambda: log.KafkaLog("nowhere:1", "filter-0")),
        (tray_reader, "KafkaAdminClient", lambda: tray_reader.TrayReader("nowhere:1", "out.a.b")),
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
    """At DEBUG it writes keys, values and headers: it is set to INFO before it begins."""
    monkeypatch.setattr(module, client, no_client)

    with pytest.raises(NoClientError):
        begin()

    assert talkative.level == logging.INFO
    assert not logging.getLogger("kafka.producer.kafka").isEnabledFor(logging.DEBUG)
