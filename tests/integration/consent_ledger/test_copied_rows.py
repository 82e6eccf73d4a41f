from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Column, MetaData, Table, Text, create_engine

from consent_ledger.journal.bulk import copy_rows
from deploy.one_machine.embedded.postgres import EmbeddedPostgres

TABLE = Table("told", MetaData(), Column("told", Text))


def rows() -> Iterator[tuple[str]]:
    """Yield a row, and fail at the next with words about a person."""
    yield ("one",)
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
