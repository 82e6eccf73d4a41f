"""The one base of every error that leaves a part of the bus, and those that several parts raise."""

from schemas.kafka_client import reason


class BusError(Exception):
    """What went wrong, in words for a person, and what to do about it.

    Neither text ever holds a personal value: errors reach logs and screens.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class MalformedError(BusError):
    """Bytes or text from outside that do not have the form they must have."""


class SchemaError(BusError):
    """A schema that breaks the rules of the contract."""


class KafkaAwayError(BusError):
    """Kafka is away, or refuses. `cause` is what a client raised, or the reason itself."""

    def __init__(self, cause: BaseException | str, bootstrap: str = "") -> None:
        why = cause if isinstance(cause, str) else reason(type(cause))
        super().__init__(
            f"Kafka{_at(bootstrap)} did not do it: {why}.",
            "Check that it runs there, the user and password, and NWD_KAFKA_BOOTSTRAP:"
            " without it `nwd up` runs a Kafka of its own.",
        )


class DatabaseAwayError(BusError):
    """PostgreSQL is away, or refuses. `url` comes without its password."""

    def __init__(self, cause: BaseException | None, url: str = "") -> None:
        lines = str(cause or "").strip().splitlines()
        super().__init__(
            f"PostgreSQL{_at(url)} did not answer: {lines[0] if lines else 'no reason given'}",
            "Check that it runs there, and NWD_DATABASE_URL:"
            " without it `nwd up` runs a PostgreSQL of its own.",
        )


class CollisionError(BusError):
    """Two changes that waited for each other: the database took this one back."""

    def __init__(self) -> None:
        super().__init__(
            "Two changes waited for each other, and this one was taken back.",
            "Nothing of it was entered: run it again.",
        )


class DatabaseUrlError(BusError):
    """The address of the database is malformed, or of another driver than the bus uses."""

    def __init__(self) -> None:
        super().__init__(
            "NWD_DATABASE_URL is not an address of a PostgreSQL.",
            "It looks like postgresql+psycopg://user:password@host:5432/database",
        )


def _at(address: str) -> str:
    return f" at {address}" if address else ""
