import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine

from consent_ledger.journal.bulk import copy_rows
from consent_ledger.journal.copy_format import integer, row_of
from consent_ledger.ledger.notifications import Listener
from schemas.errors import DatabaseUrlError

ROWS = Table("rows", MetaData(), Column("number", Integer))


def test_rows_are_copied_by_psycopg_alone() -> None:
    """Another driver has no COPY; the address of the database says which driver is used."""
    with (
        create_engine("sqlite://").connect() as connection,
        pytest.raises(DatabaseUrlError, match="NWD_DATABASE_URL"),
    ):
        copy_rows(connection, ROWS, ["number"], [row_of(integer(1))])


def test_changes_are_listened_for_by_psycopg_alone() -> None:
    """Another driver has no LISTEN."""
    with pytest.raises(DatabaseUrlError, match="NWD_DATABASE_URL"):
        Listener(create_engine("sqlite://"), "channel")
