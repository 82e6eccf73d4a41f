"""An outbox as the relay reads and marks it, whatever database it is in."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    column,
    create_engine,
    func,
    inspect,
    select,
    table,
    update,
)
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    NoSuchTableError,
    OperationalError,
)

from producers.outbox.database import OutboxDatabase
from producers.outbox.mariadb import MariadbOutbox
from producers.outbox.postgresql import PostgresqlOutbox
from producers.outbox.sqlite import SqliteOutbox
from schemas.errors import BusError
from schemas.log_of_values import keep_values_out_of_log

DATABASES: Final = ("postgresql", "sqlite", "mariadb")
_COLUMNS: Final = (
    *("id", "aggregatetype", "aggregateid", "type", "payload"),
    *("seq", "written_at", "published_at", "refused"),
)
MOST_CHARACTERS: Final = 1_048_576
"""Of a payload that is read: no event is as long."""
_PATIENCE: Final = {
    "connect_timeout": 10,  # s; a server that is frozen takes a connection and never answers
    "keepalives_idle": 30,  # s; one that is gone sends nothing: noticed within a minute
    "keepalives_interval": 10,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # ms
}
_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    # each statement sees what is committed by then, whatever the database's own default
    "postgresql": {"isolation_level": "READ COMMITTED", "connect_args": _PATIENCE},
    "mariadb": {"isolation_level": "READ COMMITTED"},
    "mysql": {"isolation_level": "READ COMMITTED"},
    "sqlite": {"connect_args": {"timeout": 30}},
}


class OutboxError(BusError):
    """An outbox that cannot be followed."""


class OutboxRow(NamedTuple):
    """A row that is not published: texts, or the bytes of them."""

    seq: int
    id: str | bytes | None
    type: str | bytes | None
    aggregate_id: str | bytes | None
    payload: str | bytes | None
    written_at: datetime | None


class Backlog(NamedTuple):
    """What waits: rows that are not published, for how long the oldest does, and those refused."""

    rows: int
    oldest_seconds: float
    refused: int


class Outbox:
    """One table, over one connection."""

    def __init__(self, connection: Connection, name: str, database: OutboxDatabase) -> None:
        schema, _, own = name.rpartition(".")
        self._table = table(own, *map(column, _COLUMNS), schema=schema or None)
        self._connection = connection
        self._database = database

    @classmethod
    def over(cls, connection: Connection, name: str) -> Self:
        """Return the outbox of that name. Raises OutboxError where there is none, or another."""
        schema, _, own = name.rpartition(".")
        kind = connection.dialect.name
        try:
            there = {one["name"] for one in inspect(connection).get_columns(own, schema or None)}
        except NoSuchTableError:
            there = set()
        if missing := [one for one in _COLUMNS if one not in there]:
            raise OutboxError(
                f"There is no outbox in the table {name}: it lacks {', '.join(missing)}.",
                "`nwd relay --print-table` prints the SQL that makes one.",
            )
        connection.rollback()
        quote = connection.dialect.identifier_preparer.quote
        quoted = ".".join(quote(one) for one in (schema, own) if one)
        return cls(connection, name, _database(kind, quoted))

    def take(self) -> None:
        """Let no other relay follow the table. Raises OutboxError where one does."""
        with self._connection.begin():
            if not self._database.take(self._connection):
                raise OutboxError(
                    "Another relay follows this outbox.",
                    "One is enough: two would publish each row twice.",
                )

    def settled(self) -> int:
        """Return up to which `seq` no row can come any more that is not there now."""
        seq, at = self._table.c.seq, self._connection
        with at.begin():
            newest = at.scalar(select(func.max(seq)).where(*self._unpublished()))
            return 0 if newest is None else self._database.settled(at, newest)

    def unpublished(self, settled: int, most: int) -> list[OutboxRow]:
        """Return the first rows that are neither published nor refused, in order of `seq`."""
        row, text_of = self._table.c, self._database.text_of
        query = (
            select(
                row.seq,
                text_of(row.id),
                text_of(row.type),
                text_of(row.aggregateid),
                func.substr(text_of(row.payload), 1, MOST_CHARACTERS + 1),
                self._database.seconds_of(row.written_at),
            )
            .where(*self._unpublished(), row.seq <= settled)
            .order_by(row.seq)
            .limit(most)
        )
        with self._connection.begin():
            return [
                OutboxRow(seq, id_, type_, aggregate_id, payload, _moment(seconds))
                for seq, id_, type_, aggregate_id, payload, seconds in self._connection.execute(
                    query
                )
            ]

    def mark(self, published: Sequence[int], refused: Mapping[int, str]) -> None:
        """Mark rows by their `seq`: as published, or as refused and why."""
        row = self._table.c
        with self._connection.begin():
            if published:
                self._connection.execute(
                    update(self._table)
                    .where(row.seq.in_(published))
                    .values(published_at=func.current_timestamp())
                )
            if refused:
                self._connection.execute(
                    update(self._table)
                    .where(row.seq == bindparam("of"))
                    .values(refused=bindparam("why")),
                    [{"of": seq, "why": why} for seq, why in refused.items()],
                )

    def backlog(self) -> Backlog:
        """Return what waits at this moment."""
        row, seconds_of = self._table.c, self._database.seconds_of
        waiting = select(
            func.count(),
            seconds_of(func.current_timestamp()) - seconds_of(func.min(row.written_at)),
        ).where(*self._unpublished())
        refused = select(func.count()).where(row.refused.is_not(None))
        with self._connection.begin():
            rows, oldest = self._connection.execute(waiting).one()
            return Backlog(
                rows, max(0.0, float(oldest or 0)), self._connection.scalar(refused) or 0
            )

    def _unpublished(self) -> tuple[Any, Any]:
        return self._table.c.published_at.is_(None), self._table.c.refused.is_(None)


@contextmanager
def open_outbox(url: str, name: str) -> Iterator[Outbox]:
    """Give the outbox of that name in a database. OutboxError where that does not do its part."""
    keep_values_out_of_log("sqlalchemy")
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            yield Outbox.over(connection, name)
    except DBAPIError as error:
        raise OutboxError(
            f"The outbox's database did not do it: {_why(error)}",
            "Check that it runs, the address, and the rights of the relay's login.",
        ) from None
    finally:
        engine.dispose()


def table_sql(database: str) -> str:
    """Return the SQL that makes the table in one of `DATABASES`."""
    return files("producers.outbox").joinpath(f"{database}.sql").read_text("utf-8")


def _why(error: DBAPIError) -> str:
    """Return what is wrong; a driver's own text only where it cannot quote a row."""
    lines = str(error.orig or "").strip().splitlines()
    if isinstance(error, OperationalError) and lines:
        return lines[0]
    return f"{type(error.orig or error).__name__}."


def _moment(seconds: Any) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)


def _engine(url: str) -> Engine:
    try:
        kind = url.partition(":")[0].partition("+")[0]
        return create_engine(url, hide_parameters=True, **_SETTINGS.get(kind, {}))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise OutboxError(
            "The outbox's database has no address that can be used.",
            "It looks like postgresql+psycopg://user:password@host:5432/database or"
            " sqlite:///FILE; mariadb+pymysql://… needs PyMySQL installed.",
        ) from None


def _database(kind: str, name: str) -> OutboxDatabase:
    match kind:
        case "postgresql":
            return PostgresqlOutbox(name)
        case "sqlite":
            return SqliteOutbox()
        case "mariadb" | "mysql":
            return MariadbOutbox(name)
    raise OutboxError(f"An outbox cannot be in {kind}.", f"It can be in {', '.join(DATABASES)}.")
