from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from psycopg import DatabaseError
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    create_engine,
)

from consent_ledger.journal.bulk import copy_rows
from consent_ledger.journal.copy_format import (
    NULL,
    bigint,
    boolean,
    data,
    integer,
    row_of,
    text,
    uuid,
)
from deploy.one_machine.embedded.postgres import EmbeddedPostgres

TABLE = Table("told", MetaData(), Column("told", Text))
KINDS = Table(
    "kinds",
    MetaData(),
    Column("text", Text),
    Column("uuid", Uuid),
    Column("integer", Integer),
    Column("bigint", BigInteger),
    Column("boolean", Boolean),
    Column("data", LargeBinary),
)
NAME = UUID("0192d4f0-7c1e-7abc-8def-0123456789ab")


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """Give a transaction that is taken back."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def rows() -> Iterator[bytes]:
    """Yield a row, and fail at the next with words about a person."""
    yield row_of(text("one"))
    raise ValueError("no such day: Ada Nwosu, 31 February")


def test_what_fails_while_rows_are_copied_is_raised_and_not_told_to_postgresql() -> None:
    """PostgreSQL writes in its log why a COPY ended; what failed may have words about a person."""
    with TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "own") as postgres:
        engine = create_engine(postgres.superuser_url)
        with engine.begin() as connection:
            TABLE.create(connection)
        with pytest.raises(ValueError, match="Ada Nwosu"), engine.begin() as connection:
            copy_rows(connection, TABLE, ["told"], rows())
        with engine.connect() as connection:
            assert connection.execute(TABLE.select()).all() == []
        engine.dispose()

        assert "COPY from stdin failed" in postgres.log_tail()
        assert "Nwosu" not in postgres.log_tail()


def test_what_is_copied_is_read_as_it_was_given(connection: Connection) -> None:
    """Of every kind: the smallest, the largest, nothing; and more rows than go at once."""
    numbers = [0, 1, -1, 4095, 4096, 2**31 - 1, -(2**31)]
    texts = ["", "Łukasz née \U0001f642", "x" * 70_000]
    given = [
        (
            texts[place % 3],
            NAME,
            number,
            number * 2**32,
            place % 2 == 0,
            bytes([place % 256]) * place,
        )
        for place, number in enumerate(numbers * 100)
    ]
    packed = [
        row_of(text(a), uuid(str(b)), integer(c), bigint(d), boolean(e), data(f))
        for a, b, c, d, e, f in given
    ]
    KINDS.create(connection)

    copy_rows(connection, KINDS, KINDS.c.keys(), [*packed, row_of(*[NULL] * 6)])

    read = connection.execute(KINDS.select()).all()
    assert sorted(map(tuple, read[:-1])) == sorted(given)
    assert tuple(read[-1]) == (None,) * 6


def test_a_field_of_another_kind_than_its_column_is_refused(connection: Connection) -> None:
    """Rather than read as something else."""
    KINDS.create(connection)

    with pytest.raises(DatabaseError, match="incorrect binary data format"):
        copy_rows(connection, KINDS, ["integer"], [row_of(bigint(7))])
