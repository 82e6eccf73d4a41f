from pathlib import Path
from typing import Any

import pytest

from schemas.kafka_connection import (
    KafkaConnection,
    KafkaConnectionError,
    SaslMechanism,
    SecurityProtocol,
)

AT = "broker.example:9092"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Give a file with a password in it."""
    path = tmp_path / "password"
    path.write_text("hush\n")
    return path


def test_a_bootstrap_alone_is_a_connection_in_clear() -> None:
    """As a first try on one's own machine is."""
    assert KafkaConnection(AT).for_client() == {
        "bootstrap_servers": AT,
        "security_protocol": "PLAINTEXT",
    }
    assert KafkaConnection(AT).for_librdkafka() == {
        "bootstrap.servers": AT,
        "security.protocol": "PLAINTEXT",
    }


def test_a_user_logs_in_with_the_password_of_a_file(secret: Path) -> None:
    """The file may end in a line break, as an editor leaves it."""
    kafka = KafkaConnection(
        AT, SecurityProtocol.SASL_SSL, user="borough-d", password_file=secret, ca=secret
    )

    assert kafka.for_client() == {
        "bootstrap_servers": AT,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "borough-d",
        "sasl_plain_password": "hush",
        "ssl_cafile": str(secret),
    }
    assert kafka.for_librdkafka() == {
        "bootstrap.servers": AT,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "borough-d",
        "sasl.password": "hush",
        "ssl.ca.location": str(secret),
    }
    assert "hush" not in repr(kafka)


def test_a_token_is_read_anew_at_each_log_in(secret: Path) -> None:
    """Somebody else keeps it fresh."""
    kafka = KafkaConnection(
        AT, SecurityProtocol.SASL_SSL, SaslMechanism.OAUTHBEARER, password_file=secret
    )
    provider = kafka.for_client()["sasl_oauth_token_provider"]
    first = provider.token()
    secret.write_text("fresh")

    assert (first, provider.token()) == ("hush", "fresh")


def test_a_token_is_nothing_for_librdkafka(secret: Path) -> None:
    """It would be asked for another one in the midst of waiting; so it is refused at the start."""
    kafka = KafkaConnection(
        AT, SecurityProtocol.SASL_SSL, SaslMechanism.OAUTHBEARER, password_file=secret
    )

    with pytest.raises(KafkaConnectionError, match="no token") as raised:
        kafka.for_librdkafka()

    assert "NWD_KAFKA_CLIENT" in raised.value.hint


def test_a_certificate_is_who_one_is(secret: Path) -> None:
    """With SSL nobody logs in beside it."""
    kafka = KafkaConnection(AT, SecurityProtocol.SSL, certificate=secret, key=secret)

    found = kafka.for_client()

    assert (found["ssl_certfile"], found["ssl_keyfile"]) == (str(secret), str(secret))
    assert "sasl_mechanism" not in found
    assert kafka.for_librdkafka() == {
        "bootstrap.servers": AT,
        "security.protocol": "SSL",
        "ssl.certificate.location": str(secret),
        "ssl.key.location": str(secret),
    }


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({"protocol": SecurityProtocol.SASL_SSL, "user": "a"}, "NWD_KAFKA_PASSWORD_FILE"),
        ({"protocol": SecurityProtocol.SASL_SSL, "password_file": Path("p")}, "NWD_KAFKA_USER"),
        ({"user": "a"}, "NWD_KAFKA_SECURITY_PROTOCOL"),
        ({"password_file": Path("p")}, "NWD_KAFKA_SECURITY_PROTOCOL"),
        ({"ca": Path("c")}, "NWD_KAFKA_SECURITY_PROTOCOL"),
        ({"protocol": SecurityProtocol.SSL, "certificate": Path("c")}, "NWD_KAFKA_KEY"),
        ({"protocol": SecurityProtocol.SSL, "key": Path("k")}, "NWD_KAFKA_KEY"),
    ],
)
def test_what_does_not_belong_together_is_refused(fields: dict[str, Any], lacking: str) -> None:
    """A password that nobody asks for would be thought to protect."""
    with pytest.raises(KafkaConnectionError) as raised:
        KafkaConnection(AT, **fields)

    assert lacking in raised.value.hint


def test_a_secret_that_cannot_be_read_is_named_by_its_file(tmp_path: Path) -> None:
    """Not by what is in it."""
    kafka = KafkaConnection(
        AT, SecurityProtocol.SASL_SSL, user="a", password_file=tmp_path / "none"
    )

    with pytest.raises(KafkaConnectionError, match="none cannot be read"):
        kafka.for_client()
    with pytest.raises(KafkaConnectionError, match="none cannot be read"):
        kafka.for_librdkafka()


def test_another_user_comes_over_the_same_connection(secret: Path) -> None:
    """Each process of the hub has a name of its own."""
    first = KafkaConnection(AT, SecurityProtocol.SASL_SSL, user="a", password_file=Path("none"))

    assert first.as_user("b", secret).for_client()["sasl_plain_username"] == "b"
