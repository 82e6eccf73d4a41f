"""Quix Streams doing the bare projection: `quix/projection.py`, where it is installed.

It has an environment of its own, `make quix-streams`: it needs an older librdkafka than the bus.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from schemas.kafka_connection import KafkaConnection
from schemas.registry import locked_schemas
from tests.bench.peers.watched_program import SECONDS, Projected, Projection, Watch

MISSING: Final = "Quix Streams is not there; it comes by: make quix-streams"
PYTHON: Final = Path(sys.prefix) / "quix" / "bin" / "python"
PROGRAM: Final = Path(__file__).parent / "quix" / "projection.py"


def stream(kafka: KafkaConnection, what: Projection) -> Projected | None:
    """Project as many events; None without Quix Streams.

    Raises RuntimeError when the program ends, is too slow, or writes other records than ours.
    """
    if not PYTHON.exists():
        return None
    with closing(Watch(kafka, what)) as watch, _running(kafka, what) as program:
        return watch.until_done(program)


@contextmanager
def _running(kafka: KafkaConnection, what: Projection) -> Iterator[subprocess.Popen[bytes]]:
    told = {
        "kafka": kafka.for_librdkafka(),
        "group": f"projection-{uuid4()}",
        "source": what.source,
        "target": what.target,
        "recipients": what.recipients,
        "opened": sorted(what.opened),
        "schemas": {schema.id: json.loads(schema.text) for schema in locked_schemas().values()},
    }
    program = subprocess.Popen([PYTHON, PROGRAM], stdin=subprocess.PIPE)  # noqa: S603 - our own program
    try:
        assert program.stdin
        program.stdin.write(json.dumps(told).encode())
        program.stdin.close()
        yield program
    finally:
        program.terminate()
        program.wait(SECONDS)
