import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from consent_ledger.transparency.log_verification import verify
from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.transparency.transparency_log import append, entries, head
from deploy.migrations.database import APPLICATION_ROLE

UPSERT = """
INSERT INTO ledger.entry (seq, leaf, hashes) VALUES (0, '', '')
ON CONFLICT (seq) DO UPDATE SET leaf = excluded.leaf
"""


@pytest.mark.parametrize("table", ["ledger.entry", "ledger.checkpoint"])
@pytest.mark.parametrize(
    "change",
    ["UPDATE {} SET {} = {}", "DELETE FROM {}", "DELETE FROM {} WHERE false", "TRUNCATE {}"],
)
def test_the_application_may_not_change_what_is_written(
    log: Engine, table: str, change: str
) -> None:
    """The application's role has no right to update, delete or truncate."""
    column = "leaf" if table == "ledger.entry" else "note"
    with log.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {APPLICATION_ROLE}"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(change.format(table, column, column)))


@pytest.mark.parametrize("table", ["ledger.entry", "ledger.checkpoint"])
@pytest.mark.parametrize("change", ["UPDATE {} SET size = size", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_triggers_refuse_changes_by_anybody(log: Engine, table: str, change: str) -> None:
    """Even the owner's update, delete and truncate are refused while the triggers are there."""
    statement = change.format(table)
    if table == "ledger.entry":
        statement = statement.replace("size", "seq")
    with log.begin() as connection, pytest.raises(ProgrammingError, match="is append-only"):
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        UPSERT,
        "INSERT INTO ledger.head (is_the_row, size, state) VALUES (true, 0, '')",
        "DELETE FROM ledger.head WHERE false",
        "TRUNCATE ledger.head",
        "ALTER TABLE ledger.entry DISABLE TRIGGER USER",
        "DROP FUNCTION ledger.refuse_change() CASCADE",
    ],
)
def test_the_application_has_no_way_round(log: Engine, statement: str) -> None:
    """Upserts, the head row's removal and the triggers are out of the application's reach."""
    with log.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {APPLICATION_ROLE}"))
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            connection.execute(text(statement))


def test_the_application_can_append_and_verify(log: Engine, key: SigningKey) -> None:
    """Its rights are enough for all that the log does."""
    with log.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {APPLICATION_ROLE}"))
        assert append(connection, [b"10"], key) == range(10, 11)
        assert head(connection).size == 11
        assert len(list(entries(connection, 0, 11))) == 11
    with log.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {APPLICATION_ROLE}"))
        assert verify(connection, key.verifier_key).is_sound
