import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import rmtree

import psutil
import pytest
from jgo.maven import MavenContext
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

from deploy.broker.access import has_authorizer
from deploy.broker.passwords import set_passwords
from deploy.home.kafka_users import KafkaUsers, new_password
from deploy.one_machine.embedded import kafka as embedded
from deploy.one_machine.embedded.broker_settings import BROKER, loopback_listeners
from deploy.one_machine.embedded.child import ServerFailedError
from deploy.one_machine.embedded.jars import JarChangedError, locked_jars
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.one_machine.embedded.pid_file import FolderInUseError
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection, SecurityProtocol

# what a run of the bus does, up to the point where it is killed
PARENT = """
import sys, time
from pathlib import Path
from deploy.one_machine.embedded.kafka import EmbeddedKafka
kafka = EmbeddedKafka(Path(sys.argv[1]))
kafka.start()
print(kafka.pid, kafka.connection.bootstrap, flush=True)
time.sleep(300)
"""


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """Give a broker for the tests of this file, which stop and kill it; each leaves it running."""
    # a folder whose name is as awkward as they come
    folder = tmp_path_factory.mktemp("kafka") / "a folder, with é"
    with EmbeddedKafka(folder) as kafka:
        yield kafka


@pytest.fixture
def topic(kafka: EmbeddedKafka, unique: str) -> str:
    """Make a topic of one partition."""
    with KafkaAdminClient(**kafka.connection.for_client()) as admin:
        admin.create_topics([NewTopic(unique, 1, 1)], wait_for_metadata=True)
    return unique


def write(kafka: EmbeddedKafka, topic: TopicName, values: list[bytes]) -> None:
    """Write and wait until every record is acknowledged."""
    with KafkaProducer(**kafka.connection.for_client()) as producer:
        for future in [producer.send(topic, value) for value in values]:
            future.get(30)


def read(kafka: EmbeddedKafka, topic: TopicName) -> list[bytes]:
    """Read all that the topic holds."""
    partition = TopicPartition(topic, 0)
    with KafkaConsumer(**kafka.connection.for_client(), group_id=None) as consumer:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        values: list[bytes] = []
        until = time.monotonic() + 30
        while consumer.position(partition) < end and time.monotonic() < until:
            for records in consumer.poll(500).values():
                values.extend(record.value for record in records)
    return values


def test_what_is_written_is_read_back(kafka: EmbeddedKafka, topic: TopicName) -> None:
    """It is a Kafka."""
    write(kafka, topic, [b"one", b"two"])

    assert read(kafka, topic) == [b"one", b"two"]
    assert kafka.version == "4.3.1"


def test_a_topic_that_nobody_made_is_an_error(kafka: EmbeddedKafka, unique: str) -> None:
    """A misspelt topic is not made by accident."""
    with (
        KafkaProducer(**kafka.connection.for_client(), max_block_ms=1500) as producer,
        pytest.raises(KafkaError),
    ):
        producer.send(unique, b"lost").get(10)


def test_the_broker_listens_on_the_loopback_address_only(kafka: EmbeddedKafka) -> None:
    """It speaks in clear, so nobody outside the machine may reach it."""
    addresses = {
        connection.laddr.ip.removeprefix("::ffff:")
        for connection in psutil.Process(kafka.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }

    assert addresses == {"127.0.0.1"}


def test_stopping_leaves_no_process_and_a_restart_finds_everything(
    kafka: EmbeddedKafka, topic: TopicName
) -> None:
    """Topics, records and the address outlast the process."""
    write(kafka, topic, [b"kept"])
    pid, connection = kafka.pid, kafka.connection

    kafka.stop()
    assert not psutil.pid_exists(pid)
    assert not kafka.is_alive()
    kafka.start()

    assert kafka.connection == connection
    assert kafka.pid != pid
    assert read(kafka, topic) == [b"kept"]


def test_a_broker_that_is_dropped_leaves_no_process(kafka: EmbeddedKafka) -> None:
    """It ends at once."""
    pid = kafka.pid

    kafka.drop()

    assert not psutil.pid_exists(pid)
    assert not kafka.is_alive()
    kafka.start()


def test_a_crash_under_load_loses_nothing_that_was_acknowledged(
    kafka: EmbeddedKafka, topic: TopicName
) -> None:
    """After a kill -9 in the midst of writing, every acknowledged record is there."""
    acknowledged: list[bytes] = []

    def write_on() -> None:
        with KafkaProducer(
            **kafka.connection.for_client(), acks="all", reconnect_backoff_max_ms=500
        ) as producer:
            for number in range(2000):
                value = b"%d" % number
                producer.send(topic, value).get(60)
                acknowledged.append(value)

    writer = threading.Thread(target=write_on)
    writer.start()
    until = time.monotonic() + 20
    while len(acknowledged) < 100 and time.monotonic() < until:
        time.sleep(0.005)

    os.kill(kafka.pid, signal.SIGKILL)
    before = len(acknowledged)
    kafka.restart()
    writer.join(60)

    assert 100 <= before < 2000, "the crash was not in the midst of writing"
    assert len(acknowledged) == 2000
    assert set(acknowledged) <= set(read(kafka, topic))


def test_a_broker_that_somebody_kills_is_seen_to_be_gone(kafka: EmbeddedKafka) -> None:
    """Who watches over the broker is told the truth, and can start it again."""
    os.kill(kafka.pid, signal.SIGKILL)

    until = time.monotonic() + 5
    while kafka.is_alive() and time.monotonic() < until:
        time.sleep(0.01)
    assert not kafka.is_alive()
    kafka.restart()

    assert kafka.is_alive()


def test_a_folder_in_use_is_refused(kafka: EmbeddedKafka) -> None:
    """A second broker on the same folder would ruin the first."""
    with pytest.raises(FolderInUseError):
        EmbeddedKafka(kafka._folder).start()

    assert kafka.is_alive()


def test_what_a_killed_parent_left_is_stopped_and_its_records_are_there(tmp_path: Path) -> None:
    """After a kill -9 of the parent, the next start on the folder finds its broker and says so."""
    with subprocess.Popen(  # noqa: S603 - this Python, on a script of ours
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        pid, bootstrap = parent.stdout.readline().split()
        parent.kill()
    left = KafkaConnection(
        bootstrap,
        SecurityProtocol.SASL_PLAINTEXT,
        user=BROKER,
        password_file=tmp_path / "users" / BROKER,
    )
    with KafkaAdminClient(**left.for_client()) as admin:
        admin.create_topics([NewTopic("kept", 1, 1)], wait_for_metadata=True)

    with EmbeddedKafka(tmp_path) as kafka:
        assert kafka.stopped_left_over == int(pid)
        assert kafka.connection == left
        with KafkaAdminClient(**kafka.connection.for_client()) as admin:
            assert "kept" in admin.list_topics()

        # a port that somebody else took in between is given up
        kafka.stop()
        host, _, port = bootstrap.partition(":")
        with socket.create_server((host, int(port))), EmbeddedKafka(tmp_path) as moved:
            assert moved.stopped_left_over is None
            assert moved.connection.bootstrap != bootstrap
            with KafkaAdminClient(**moved.connection.for_client()) as admin:
                assert "kept" in admin.list_topics()


def test_a_tampered_jar_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker does not start on a jar whose bytes changed."""
    jar = locked_jars()[0]
    cache = tmp_path / "cache"
    component = MavenContext(repo_cache=cache).project(jar.group, jar.artifact)
    path = cache / component.at_version(jar.version).path_prefix / jar.file_name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not the jar")
    monkeypatch.setenv("M2_REPO", str(cache))

    with pytest.raises(JarChangedError):
        EmbeddedKafka(tmp_path / "kafka").start()


def test_a_setting_that_kafka_refuses_is_an_error_in_its_own_words(tmp_path: Path) -> None:
    """Further settings go over ours, and a wrong one is shown, not swallowed."""
    kafka = EmbeddedKafka(tmp_path, properties={"num.io.threads": "many"})

    with pytest.raises(ServerFailedError, match=r"(?s)many.*num\.io\.threads"):
        kafka.start()

    assert not kafka.is_alive()


def test_the_address_of_a_broker_that_was_never_started_is_an_error(tmp_path: Path) -> None:
    """Nobody gets an address at which nothing listens."""
    kafka = EmbeddedKafka(tmp_path)

    with pytest.raises(ServerFailedError, match="not started"):
        _ = kafka.connection


@pytest.mark.usefixtures("topic")
def test_whoever_does_not_log_in_does_nothing(kafka: EmbeddedKafka) -> None:
    """Neither in clear without a name, nor by a name with another password, nor without a rule."""
    users = KafkaUsers(kafka._folder / "users")
    first = kafka.connection.mechanism
    set_passwords(kafka.connection, {"somebody": users.passwords("somebody", first)})
    users.keep("nobody", new_password())
    somebody = kafka.connection.as_user("somebody", users.password_file("somebody"))
    strangers = [
        KafkaConnection(kafka.connection.bootstrap),
        kafka.connection.as_user("nobody", users.password_file("nobody")),
        kafka.connection.as_user(BROKER, users.password_file("nobody")),
    ]

    with KafkaAdminClient(**somebody.for_client()) as admin:
        assert admin.list_topics() == []
    for stranger in strangers:
        with pytest.raises(KafkaError):
            KafkaAdminClient(**stranger.for_client(), bootstrap_timeout_ms=3_000)


def test_no_file_of_the_broker_s_can_be_read_by_others(kafka: EmbeddedKafka) -> None:
    """Its settings and its users' files hold passwords, and no list of processes shows one."""
    command = psutil.Process(kafka.pid).cmdline()
    password = KafkaUsers(kafka._folder / "users").password(BROKER)

    assert not any(password in word for word in command)
    for path in [kafka._folder / "server.properties", *(kafka._folder / "users").iterdir()]:
        assert path.stat().st_mode & 0o077 == 0
    assert not (kafka._folder / "format.args").exists()


def test_a_broker_to_which_nobody_logged_in_is_locked_and_keeps_its_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As version 0.1.0 left it; the users' file comes last, so that a start cut short is redone."""
    folder = tmp_path / "kafka"
    with monkeypatch.context() as patch:
        patch.setattr(
            embedded,
            "loopback_listeners",
            partial(loopback_listeners, protocol=SecurityProtocol.PLAINTEXT),
        )
        patch.setattr(embedded, "locks", lambda _: {})
        patch.setattr(
            EmbeddedKafka,
            "connection",
            property(lambda self: KafkaConnection(f"127.0.0.1:{self._ports[0]}")),
        )
        with (
            EmbeddedKafka(folder) as before,
            KafkaAdminClient(**before.connection.for_client()) as admin,
        ):
            admin.create_topics([NewTopic("kept", 1, 1)], wait_for_metadata=True)
    rmtree(folder / "users")

    with EmbeddedKafka(folder) as after, KafkaAdminClient(**after.connection.for_client()) as admin:
        assert "kept" in admin.list_topics()
        assert has_authorizer(after.connection)
