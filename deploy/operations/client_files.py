"""The files with which a client of Kafka comes to the bus: they work as they stand."""

from collections.abc import Mapping
from dataclasses import replace

from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection

LIBRDKAFKA = "kafka.properties"
JAVA = "kafka-java.properties"


def client_files(
    kafka: KafkaConnection, writes: TopicName | None, reads: Mapping[TopicName, str]
) -> dict[str, str]:
    """Return the files of a user who logs in, by name; the secret is in those of the clients.

    Raises KafkaConnectionError when the password cannot be read.
    """
    settings = kafka.for_client()
    files = {LIBRDKAFKA: _librdkafka(kafka), JAVA: _java(kafka, settings)}
    if kafka.ca is not None:
        files["ca.pem"] = kafka.ca.read_text("ascii")
    return files | {"README.txt": _read_me(kafka, writes, reads)}


def _librdkafka(kafka: KafkaConnection) -> str:
    """Return what kcat, confluent-kafka and others built on librdkafka take."""
    lines = replace(kafka, certificate=None, key=None).for_librdkafka()  # those are the hub's own
    if kafka.ca is not None:
        lines["ssl.ca.location"] = "ca.pem"
    return _lines(lines)


def _java(kafka: KafkaConnection, settings: Mapping[str, str]) -> str:
    """Return what Kafka's own programs and clients in Java take."""
    lines = {"bootstrap.servers": kafka.bootstrap, "security.protocol": kafka.protocol.value}
    if kafka.ca is not None:
        lines |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": "ca.pem"}
    lines |= {
        "sasl.mechanism": settings["sasl_mechanism"],
        "sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required"
            f' username="{settings["sasl_plain_username"]}"'
            f' password="{settings["sasl_plain_password"]}";'
        ),
    }
    return _lines(lines)


def _read_me(
    kafka: KafkaConnection, writes: TopicName | None, reads: Mapping[TopicName, str]
) -> str:
    """Return what the organisation may do, and a line that does it."""
    lines = [
        f"You come to Kafka at {kafka.bootstrap} as {kafka.user}.",
        f"{LIBRDKAFKA} is for kcat and confluent-kafka, {JAVA} for Java.",
        "Clients built on librdkafka need its version 2.6.1 or newer.",
        "Both hold your password: keep them where only the program that uses them can read them.",
        "",
    ]
    if writes is not None:
        lines += [
            f"You alone write {writes}. To publish events, a JSON object a line:",
            f"  NWD_KAFKA_BOOTSTRAP={kafka.bootstrap} nwd publish events.jsonl",
            f"with {LIBRDKAFKA}'s protocol and user in NWD_KAFKA_SECURITY_PROTOCOL and",
            "NWD_KAFKA_USER, and its password in a file that NWD_KAFKA_PASSWORD_FILE names.",
            "",
        ]
    for topic, groups in reads.items():
        lines += [
            f"You alone read {topic}, in consumer groups whose names begin with {groups}",
            f"  kcat -C -F {LIBRDKAFKA} -t {topic} -e -q -X isolation.level=read_committed",
            "",
        ]
    return "\n".join(lines)


def _lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
