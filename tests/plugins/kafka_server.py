"""The Kafka that the tests run on: `--kafka=embedded|container|HOST:PORT`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from testcontainers.core.container import DockerContainer

from deploy.one_machine.embedded.broker_settings import one_node
from deploy.one_machine.embedded.jars import locked_version
from deploy.one_machine.embedded.kafka import EmbeddedKafka, kafka_answers
from deploy.one_machine.embedded.ports import free_ports
from schemas.kafka_connection import KafkaConnection
from tests.plugins.container_engine import require_engine
from tests.plugins.server_folder import server_folder

DESCRIPTION = pytest.StashKey[str]()
VERSION = locked_version("kafka_2.13")
IMAGE = f"apache/kafka:{VERSION}"
CONTAINER_READY_SECONDS = 120


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--kafka",
        default="embedded",
        metavar="embedded|container|HOST:PORT",
        help="the Kafka to test on: started here (the default), in a container, or a given one",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Find out what is asked for; what cannot be had ends the run."""
    choice = config.getoption("--kafka")
    if choice == "embedded":
        config.stash[DESCRIPTION] = f"embedded Apache Kafka {VERSION}"
    elif choice == "container":
        require_engine("--kafka")
        config.stash[DESCRIPTION] = f"Apache Kafka in a container of {IMAGE}"
    else:
        config.stash[DESCRIPTION] = f"Kafka {_version_at(choice)} at {choice}"


def pytest_report_header(config: pytest.Config) -> str:
    """Say which Kafka it is."""
    return f"kafka: {config.stash[DESCRIPTION]}"


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Iterator[KafkaConnection]:
    """Give the Kafka that all tests share, as a user whom no ACL binds; started when asked for."""
    choice: str = request.config.getoption("--kafka")
    if choice == "embedded":
        with server_folder("kafka") as folder, EmbeddedKafka(folder) as kafka:
            yield kafka.connection
    elif choice == "container":
        with _container() as container:
            yield container
    else:
        yield KafkaConnection(choice)


@contextmanager
def _container() -> Iterator[KafkaConnection]:
    # the same port inside and outside: the broker sends its own transaction markers to the address
    # that it advertises
    port, controller_port = free_ports(2)
    settings = one_node("/var/lib/kafka/data") | {
        "listeners": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
    }
    container = DockerContainer(IMAGE).with_bind_ports(port, port)
    for name, value in settings.items():
        container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    kafka = KafkaConnection(f"127.0.0.1:{port}")
    with container:
        until = time.monotonic() + CONTAINER_READY_SECONDS
        while not kafka_answers(kafka):
            if time.monotonic() > until:
                pytest.fail(f"the container of {IMAGE} gave no answer", pytrace=False)
            time.sleep(0.2)
        yield kafka


def _version_at(bootstrap: str) -> str:
    try:
        with KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=5_000) as admin:
            return ".".join(map(str, admin._manager.broker_version))
    except (KafkaError, OSError, ValueError) as error:
        raise pytest.UsageError(
            f"--kafka={bootstrap} was asked for, but no Kafka answers there: {error}"
        ) from error
