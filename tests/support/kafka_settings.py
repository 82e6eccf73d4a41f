"""A connection to Kafka as other programs take it: our settings, or librdkafka's."""

from schemas.kafka_connection import KafkaConnection


def as_environment(kafka: KafkaConnection, *, manages_access: bool = True) -> dict[str, str]:
    """Return the settings of `nwd` that name a Kafka and who comes to it.

    With `manages_access` the bus makes users and rules of its own, where users log in at all.
    """
    named = {
        "NWD_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "NWD_KAFKA_SECURITY_PROTOCOL": kafka.protocol.value,
        "NWD_KAFKA_USER": kafka.user,
        "NWD_KAFKA_PASSWORD_FILE": str(kafka.password_file) if kafka.password_file else None,
        "NWD_KAFKA_MANAGE_ACCESS": "true" if manages_access and kafka.protocol.logs_in else None,
    }
    return {name: value for name, value in named.items() if value is not None}


def for_librdkafka(kafka: KafkaConnection) -> dict[str, str]:
    """Return what a client built on librdkafka takes."""
    found = {"bootstrap.servers": kafka.bootstrap, "security.protocol": kafka.protocol.value}
    if kafka.protocol.logs_in and kafka.user and kafka.password_file:
        found |= {
            "sasl.mechanism": kafka.mechanism.value,
            "sasl.username": kafka.user,
            "sasl.password": kafka.password_file.read_text("ascii").strip(),
        }
    return found
