"""Settings from the environment, prefix NWD_, and the addresses of what runs here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from consent_ledger.rights.receipts import Controller
from schemas.errors import BusError
from schemas.files import replace_file
from schemas.kafka_connection import KafkaClient, KafkaConnection, SaslMechanism, SecurityProtocol
from schemas.validation import fault

PACKAGE = Path(__file__).parent


class SettingsError(BusError):
    """A setting that is missing or cannot be used."""


def _names(value: Any) -> Any:
    """Return the names of a text that are parted by commas."""
    if not isinstance(value, str):
        return value
    return frozenset(name.strip() for name in value.split(",") if name.strip())


def _weights_file(file: Path) -> Path:
    """Refuse a file of weights that cannot be used: nobody is known again by others instead."""
    from consent_ledger.matching.weights import (  # noqa: PLC0415 - only for who sets it
        WeightsError,
        read_weights,
    )

    try:
        read_weights(file)
    except WeightsError as error:
        raise ValueError(str(error)) from None
    return file


class Settings(BaseSettings):
    """What can be set. Every default is safe and works on one machine."""

    model_config = SettingsConfigDict(env_prefix="NWD_", frozen=True)

    home: Path = Path(".nwd")
    """Where data, secrets and addresses are kept."""
    kafka_bootstrap: str | None = None
    """HOST:PORT of a Kafka to use instead of the embedded one."""
    kafka_security_protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    """How that Kafka is spoken with: PLAINTEXT, SASL_PLAINTEXT, SASL_SSL or SSL."""
    kafka_sasl_mechanism: SaslMechanism = SaslMechanism.SCRAM_SHA_512
    """How a client logs in there: SCRAM-SHA-512, SCRAM-SHA-256 or OAUTHBEARER."""
    kafka_user: str | None = None
    """The user who logs in."""
    kafka_password_file: Path | None = None
    """File of the user's password; with OAUTHBEARER of the token, read anew at each log-in."""
    kafka_ca: Path | None = None
    """File of the certificates (PEM) that the broker's is checked against; the system's if none."""
    kafka_certificate: Path | None = None
    """File of the client's certificate (PEM), for a broker that asks for one."""
    kafka_key: Path | None = None
    """File of the certificate's private key (PEM)."""
    kafka_manage_access: bool = False
    """Whether `nwd init` makes users and ACLs at that Kafka; at the embedded one it always does."""
    kafka_client: KafkaClient = KafkaClient.KAFKA_PYTHON
    """The client that the filter reads and writes with: kafka-python or librdkafka."""
    database_url: str | None = None
    """SQLAlchemy URL of a PostgreSQL to use instead of the embedded one."""
    database_owner_url: str | None = None
    """URL of the role that owns the tables, for migrations; the same as database_url by default."""
    postgres_data: Path = Path("/var/lib/no-wrong-door")
    """Where the embedded PostgreSQL of a bus that root starts keeps its data."""
    agreements: Path = PACKAGE / "agreements"
    """Folder of the sharing agreements."""
    services: Path = PACKAGE / "services.yaml"
    """File of providers and services."""
    matching_weights: Annotated[Path, AfterValidator(_weights_file)] | None = None
    """File of the weights by which people are known again, in place of the shipped ones."""
    partitions: Annotated[int, Field(ge=1, le=1000)] = 4
    """Partitions of every tray. Cannot be changed later."""
    shards: Annotated[int, Field(ge=1, le=100)] | None = None
    """Filter processes that the partitions are divided among; by default `nwd up` chooses."""
    replication: Annotated[int, Field(ge=1, le=5)] = 1
    """Replicas of every tray: 3 on a cluster."""
    ledger_name: str = "no-wrong-door.example/ledger"
    """Origin of the ledger's checkpoints."""
    controller_name: str = "The integration hub"
    """Who answers for the bus, as receipts name them."""
    controller_contact: str = "the place that gave you your passport number"
    """Where a participant turns to: an e-mail address, a telephone number, a page."""
    controller_address: str = "ask the place that gave you your passport number"
    """The postal address of who answers."""
    metrics_port: Annotated[int, Field(ge=0, le=65_500)] = 9460
    """Port of /metrics of `nwd up`; its parts use the next ones. 0 is none."""
    web_port: Annotated[int, Field(ge=0, le=65_500)] = 9480
    """Port of `nwd run web`: the schema registry's read side, the ledger's tree. 0 is none."""
    web_hosts: Annotated[frozenset[str], NoDecode, BeforeValidator(_names), Field(min_length=1)] = (
        frozenset(("localhost", "127.0.0.1", "[::1]"))
    )
    """Names by which the web server answers: the Host header of a request, without its port."""
    web_address: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")] = (
        "http://localhost:9480"
    )
    """Where the public reaches the web server: links that organisations are sent begin so."""
    web_requests_at_once: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Requests of one credential that are answered at once; the next ones get 429."""
    webhook_hosts: Annotated[frozenset[str], NoDecode, BeforeValidator(_names)] = frozenset()
    """Hosts that webhooks may call although their addresses are not public."""
    webhook_ca: Path | None = None
    """File of the authorities (PEM) for webhooks' certificates; the system's if none."""
    segment_ms: Annotated[int, Field(ge=1000)] = 3_600_000
    """Age at which a tray's segment is closed, so that compaction can remove bytes from it."""

    key_rotation_hours: Annotated[float, Field(ge=0, le=8760)] = 24
    """Age in hours at which the journal key is rotated; 0 is never by itself."""

    @property
    def kafka(self) -> KafkaConnection | None:
        """The Kafka that is set. Raises KafkaConnectionError when its settings are not whole."""
        if self.kafka_bootstrap is None:
            return None
        return KafkaConnection(
            self.kafka_bootstrap,
            self.kafka_security_protocol,
            self.kafka_sasl_mechanism,
            self.kafka_user,
            self.kafka_password_file,
            self.kafka_ca,
            self.kafka_certificate,
            self.kafka_key,
        )

    @property
    def controller(self) -> Controller:
        """Who answers for the bus, as receipts name them."""
        return Controller(self.controller_name, self.controller_contact, self.controller_address)


def read_settings() -> Settings:
    """Read the settings; SettingsError names each variable whose value cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(
            "A setting cannot be used.",
            "\n".join(
                f"  NWD_{'_'.join(map(str, problem['loc'])).upper()}: {fault(problem)}"
                for problem in error.errors(include_input=False, include_url=False)
            ),
        ) from None


@dataclass(frozen=True)
class Addresses:
    """Where Kafka and PostgreSQL answer, and as whom the hub comes to Kafka.

    With `manages_access` that is who makes users and rules, and each process has a user of its own.

    Raises SettingsError where the bus cannot make users, because others issue tokens.
    """

    kafka: KafkaConnection
    database_url: str
    database_owner_url: str
    manages_access: bool

    def __post_init__(self) -> None:
        """Refuse what could only fail later."""
        if self.manages_access and self.kafka.mechanism is SaslMechanism.OAUTHBEARER:
            raise SettingsError(
                "With OAUTHBEARER the bus makes no users: whoever issues the tokens does.",
                "Unset NWD_KAFKA_MANAGE_ACCESS, and give who runs the broker what"
                " `nwd broker acls` prints.",
            )

    def save(self, home: Path) -> None:
        """Leave the addresses in the home folder for commands in other terminals."""
        text = TypeAdapter(Addresses).dump_json(self, indent=2)
        replace_file(_file(home), text + b"\n")


def find_addresses(settings: Settings) -> Addresses:
    """Return the addresses that are set, or those of this home's `nwd up`; else SettingsError."""
    saved = _saved(settings.home)
    kafka = settings.kafka or (saved.kafka if saved else None)
    database = settings.database_url or (saved.database_url if saved else None)
    if kafka is None or database is None:
        missing = "Kafka" if kafka is None else "PostgreSQL"
        raise SettingsError(
            f"There is no {missing} to talk to.",
            "Start one with `nwd up` in another terminal (same folder or NWD_HOME), or set"
            " NWD_KAFKA_BOOTSTRAP and NWD_DATABASE_URL.",
        )
    owner = settings.database_owner_url or (
        settings.database_url or (saved.database_owner_url if saved else database)
    )
    manages = settings.kafka_manage_access if settings.kafka else bool(saved)
    return Addresses(kafka, database, owner, manages)


def is_up(home: Path) -> bool:
    """Return whether a `nwd up` runs on a home, or was killed there."""
    return _file(home).exists()


def _saved(home: Path) -> Addresses | None:
    """Return the addresses of the `nwd up` that runs on a home, None where none does."""
    try:
        return TypeAdapter(Addresses).validate_json(_file(home).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        raise SettingsError(
            f"{_file(home)} cannot be read.", "Start `nwd up` again: it writes the file anew."
        ) from None


def forget_addresses(home: Path) -> None:
    """Remove the addresses: nothing answers there any more."""
    _file(home).unlink(missing_ok=True)


def _file(home: Path) -> Path:
    return home / "addresses.json"
