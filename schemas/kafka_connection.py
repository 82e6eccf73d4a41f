"""How a client reaches Kafka, and as whom: one frozen value, wherever an address goes.

It is in terms of each client's own settings; the roles import the clients.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from schemas.errors import BusError
from schemas.log_of_values import keep_values_out_of_log


class SecurityProtocol(StrEnum):
    """How a listener is spoken with: in clear or by TLS, with a log-in by SASL or without."""

    PLAINTEXT = "PLAINTEXT"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"
    SSL = "SSL"

    @property
    def logs_in(self) -> bool:
        """Whether a client logs in with SASL."""
        return self in {SecurityProtocol.SASL_PLAINTEXT, SecurityProtocol.SASL_SSL}

    @property
    def encrypts(self) -> bool:
        """Whether the connection is encrypted."""
        return self in {SecurityProtocol.SASL_SSL, SecurityProtocol.SSL}


class SaslMechanism(StrEnum):
    """How a client proves who it is."""

    SCRAM_SHA_512 = "SCRAM-SHA-512"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    OAUTHBEARER = "OAUTHBEARER"

    @property
    def other(self) -> "SaslMechanism":
        """The other mechanism of passwords: Kafka keeps one of each for a user."""
        is_512 = self is SaslMechanism.SCRAM_SHA_512
        return SaslMechanism.SCRAM_SHA_256 if is_512 else SaslMechanism.SCRAM_SHA_512


class KafkaClient(StrEnum):
    """Which client the filter reads and writes with; all else does so with kafka-python."""

    KAFKA_PYTHON = "kafka-python"
    LIBRDKAFKA = "librdkafka"


class KafkaConnectionError(BusError):
    """A connection to Kafka that cannot be made as it is set: what is missing, or not readable."""


@dataclass(frozen=True)
class KafkaConnection:
    """Where a Kafka answers, and as whom a client comes; secrets are named by their files.

    `password_file` holds the password of `user`, or with OAUTHBEARER the token, read anew at each
    log-in. `ca`, `certificate` and `key` are PEM files; with SSL the certificate is who one is.

    Raises KafkaConnectionError when the parts do not belong together.
    """

    bootstrap: str
    protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    mechanism: SaslMechanism = SaslMechanism.SCRAM_SHA_512
    user: str | None = None
    password_file: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what could only fail later, or would be left unused without a word."""
        needs_user = self.protocol.logs_in and self.mechanism is not SaslMechanism.OAUTHBEARER
        if self.protocol.logs_in and self.password_file is None:
            raise _lacking("who logs in has a secret", "NWD_KAFKA_PASSWORD_FILE")
        if needs_user and not self.user:
            raise _lacking("who logs in has a name", "NWD_KAFKA_USER")
        if not self.protocol.logs_in and (self.user or self.password_file):
            raise _lacking(f"with {self.protocol} nobody logs in", "NWD_KAFKA_SECURITY_PROTOCOL")
        if not self.protocol.encrypts and (self.ca or self.certificate):
            raise _lacking(
                f"with {self.protocol} nothing is encrypted", "NWD_KAFKA_SECURITY_PROTOCOL"
            )
        if (self.certificate is None) != (self.key is None):
            raise _lacking("a certificate and its key go together", "NWD_KAFKA_KEY")

    def as_user(
        self, user: str, password_file: Path, mechanism: SaslMechanism | None = None
    ) -> Self:
        """Return the same connection for another user, by the same mechanism unless told."""
        return replace(
            self,
            user=user,
            password_file=password_file,
            mechanism=mechanism or self.mechanism,
        )

    def for_client(self) -> dict[str, Any]:
        """Return the settings of a kafka-python client, whose log is kept free of values.

        At DEBUG it would write keys, values and headers of records, and what logs in.

        Raises KafkaConnectionError when a file that is named cannot be read.
        """
        keep_values_out_of_log("kafka")
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.protocol.value,
        }
        if self.protocol.encrypts:
            settings |= {
                f"ssl_{name}file": str(_readable(path))
                for name, path in (("ca", self.ca), ("cert", self.certificate), ("key", self.key))
                if path is not None
            }
        if self.protocol.logs_in and self.password_file:
            settings["sasl_mechanism"] = self.mechanism.value
            if self.mechanism is SaslMechanism.OAUTHBEARER:
                settings["sasl_oauth_token_provider"] = _token_provider(self.password_file)
            else:
                settings["sasl_plain_username"] = self.user
                settings["sasl_plain_password"] = _read(self.password_file)
        return settings

    def for_librdkafka(self) -> dict[str, str]:
        """Return the settings of a client built on librdkafka.

        Raises KafkaConnectionError when a file that is named cannot be read, or who logs in has a
        token: such a client would have to be handed each new one while it waits for an answer.
        """
        settings = {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": self.protocol.value,
        }
        if self.protocol.encrypts:
            files = (("ca", self.ca), ("certificate", self.certificate), ("key", self.key))
            settings |= {
                f"ssl.{name}.location": str(_readable(path))
                for name, path in files
                if path is not None
            }
        if self.protocol.logs_in and self.password_file:
            if self.mechanism is SaslMechanism.OAUTHBEARER:
                raise KafkaConnectionError(
                    "librdkafka is given no token here: it logs in with a password alone.",
                    f"With {SaslMechanism.OAUTHBEARER} leave NWD_KAFKA_CLIENT at"
                    f" {KafkaClient.KAFKA_PYTHON}.",
                )
            settings |= {
                "sasl.mechanism": self.mechanism.value,
                "sasl.username": self.user or "",
                "sasl.password": _read(self.password_file),
            }
        return settings


def _token_provider(path: Path) -> object:
    """Return what gives kafka-python the token of a file that somebody else keeps fresh."""
    from kafka.net.sasl.oauth import AbstractTokenProvider  # noqa: PLC0415 - of one mechanism only

    class TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # kafka-python has no types
        def token(self) -> str:
            return _read(path)

    return TokenFile()


def _read(path: Path) -> str:
    try:
        return _readable(path).read_text("utf-8").strip()
    except UnicodeDecodeError:
        raise KafkaConnectionError(
            f"{path} holds no text.", "It has the password, or the token, alone."
        ) from None


def _readable(path: Path) -> Path:
    try:
        path.open("rb").close()
    except OSError as error:
        raise KafkaConnectionError(
            f"{path} cannot be read: {error.strerror}.",
            "The connection to Kafka names it: is it there, and readable for this user?",
        ) from None
    return path


def _lacking(rule: str, setting: str) -> KafkaConnectionError:
    return KafkaConnectionError(f"The connection to Kafka is not whole: {rule}.", f"See {setting}.")
