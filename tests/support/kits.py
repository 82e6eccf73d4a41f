"""A kit, as programs that we did not write come to Kafka with it."""

import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from tests.support.kcat import kcat_environment

WAIT_SECONDS: Final = 30.0


def properties(kit: Path) -> dict[str, str]:
    """Return the client's settings, as a program reads them."""
    lines = (kit / "kafka.properties").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def refusal(kit: Path, topic: str) -> KafkaError | None:
    """Return why a record was not taken; None where it was."""
    told: list[KafkaError | None] = []
    producer = Producer(properties(kit) | {"log_level": "0"})
    producer.produce(topic, b"nothing", b"key", on_delivery=lambda error, _: told.append(error))
    producer.flush(WAIT_SECONDS)
    return told[0]


def logs_in(kit: Path) -> bool:
    """Return whether Kafka takes a kit's password, as a client that we did not write finds."""
    refused = Event()

    def told(error: KafkaError) -> None:
        if error.code() == KafkaError._AUTHENTICATION:
            refused.set()

    consumer = Consumer(properties(kit) | {"group.id": "none", "log_level": "0", "error_cb": told})
    until = time.monotonic() + WAIT_SECONDS
    try:
        while time.monotonic() < until and not refused.is_set():
            consumer.poll(0)
            with suppress(KafkaException):
                consumer.list_topics(timeout=0.5)
                return True
    finally:
        consumer.close()
    assert refused.is_set(), "Kafka gave no answer"
    return False


def read_by_kcat(kit: Path, tray: str) -> str:
    """Return the keys of a tray, as kcat reads it to its end with a kit's file."""
    environment = os.environ | kcat_environment(kit)
    done = subprocess.run(  # noqa: S603 - a program that the test needs, on files of its own
        [
            *(shutil.which("kcat") or "", "-C", "-F", "kafka.properties"),
            *("-t", tray, "-e", "-q", "-f", "%k\n"),
        ],
        cwd=kit,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
