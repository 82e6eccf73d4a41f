"""What the application's login may do: every statement is tried, and held against the table."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

TABLES = """
    SELECT nspname || '.' || relname, array_agg(attname::text ORDER BY attnum)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    GROUP BY 1 ORDER BY 1
"""

READ, ADD = "SELECT FROM {}", "INSERT INTO {} DEFAULT VALUES"
UPDATE = "UPDATE {} SET {} = DEFAULT WHERE false"
DELETE, TRUNCATE = "DELETE FROM {} WHERE false", "TRUNCATE {}"


@dataclass(frozen=True)
class Rights:
    """Which columns may be updated, and whether rows may be read, added and deleted."""

    updated: frozenset[str] = frozenset()
    is_read: bool = True
    is_added_to: bool = True
    is_deleted_from: bool = False


def rights(columns: str = "", *, delete: bool = False) -> Rights:
    """Return the rights to read and add, to update these columns, and to delete."""
    return Rights(frozenset(columns.split()), is_deleted_from=delete)


ALLOWED = {
    # the log: it grows
    "ledger.entry": rights(),
    "ledger.checkpoint": rights(),
    "ledger.head": Rights(frozenset({"size", "state"}), is_added_to=False),
    # what the log can be held against; deleted and forgotten is only what is of the erased
    "ledger.agreement_version": rights(),
    "ledger.change": rights("participant_id"),
    "ledger.standing": rights(
        "granted until excluded is_informed has_objected seq",
        delete=True,
    ),
    "ledger.service": rights("name is_sensitive seq"),
    "ledger.participant": rights(
        "ledger_id salt state sealed_key merged_into named_seq registered_by registered_at"
    ),
    "ledger.journal": rights(delete=True),
    "ledger.disclosure": rights("shown_as", delete=True),
    "ledger.disclosure_batch": rights(),
    "ledger.enforcement": rights("entered_by"),
    "ledger.erasure_certificate": rights("body owed_for entered_by"),
    "ledger.aborted_turn": rights(),
    "ledger.unentered_turn": rights("turn", delete=True),
    "ledger.shard": rights("epoch next_seq checked_at decided_until open_turn is_retired"),
    "ledger.dead_letter_use": rights(),
    # how people are recognised, and keys
    "ledger.provider": rights("name ukprn"),
    "ledger.match_key": rights(delete=True),
    "ledger.kept_identity": rights(delete=True),
    "ledger.duplicate_search": Rights(frozenset({"upto"}), is_added_to=False),
    "ledger.two_people": rights("seq", delete=True),
    "ledger.counted_value": rights("people", delete=True),
    "ledger.provider_reference": rights(delete=True),
    "ledger.erased_reference": rights(delete=True),
    "ledger.look_up": rights(delete=True),
    "ledger.api_key": rights("revoked_at"),
    "ledger.key_epoch": rights(delete=True),
    "ledger.dead_letter_key": rights("sealed_key", delete=True),
    # work in hand, and what can be made again
    "ledger.waiting": rights(delete=True),
    "ledger.sweep": rights("after_participant after_event cost", delete=True),
    "ledger.position": rights("next_offset"),
    "passport.event": rights(delete=True),
    "passport.position": rights("next_offset caught_up_at", delete=True),
    "analytics.fact": rights(delete=True),
    "analytics.position": rights("next_offset caught_up_at", delete=True),
    "uploads.upload": rights("sealed", delete=True),
    "uploads.mapping": rights(),
    "prefill.offer": rights(delete=True),
    "prefill.entry_count": rights("reused changed asked"),
    "inbox.read_so_far": rights("organisation topic_id positions seen_at"),
    "webhooks.endpoint": rights(
        "key_number old_key_number told_to pending_since attempts next_try_at ended_at"
    ),
    "webhooks.delivery": rights(delete=True),
    "gateway.published": rights("partition position published_at", delete=True),
    "gateway.request": rights("held_until nobody_s", delete=True),
    "snapshots.accepted_upload": rights(),
    "snapshots.item": rights("digest revision collection import_number"),
    "snapshots.unfinished": rights("imports", delete=True),
    # public, and nobody's person
    "directory.listing": rights(
        "service_id kind name status closes_on assured_on areas languages words access_words body"
        " capacity capacity_on capacity_by",
        delete=True,
    ),
    "directory.confirmation_link": rights("digest expires_at", delete=True),
    "public.alembic_version": Rights(is_read=False, is_added_to=False),
}
"""Everything else is refused: no table is truncated, changed or made, no right is given."""

SERVER_WIDE = """
    SELECT current_setting('is_superuser'),
        has_parameter_privilege('fsync', 'ALTER SYSTEM'),
        has_database_privilege(current_database(), 'CREATE')
"""

REFUSED = [
    # to be somebody else
    *("SET ROLE postgres", "SET SESSION AUTHORIZATION postgres", "SET ROLE {owner}"),
    *("SET SESSION AUTHORIZATION {owner}", "ALTER ROLE CURRENT_USER SUPERUSER"),
    *("ALTER ROLE CURRENT_USER CREATEROLE", "CREATE ROLE other", "DROP ROLE {owner}"),
    *("GRANT {owner} TO CURRENT_USER", "GRANT pg_read_all_data TO CURRENT_USER"),
    "ALTER ROLE {owner} PASSWORD 'another'",
    # to have other tables, rights and triggers
    *("CREATE TABLE ledger.mine (n int)", "CREATE TABLE public.mine (n int)"),
    *("CREATE SCHEMA mine", "ALTER TABLE ledger.entry ADD mine int", "DROP TABLE ledger.entry"),
    *("ALTER TABLE ledger.head DISABLE TRIGGER USER", "DROP TRIGGER refused_update ON ledger.head"),
    *("DROP FUNCTION ledger.refuse() CASCADE", "CREATE INDEX ON ledger.entry (leaf)"),
    "CREATE OR REPLACE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE RULE mine AS ON UPDATE TO ledger.head DO INSTEAD NOTHING",
    "CREATE TRIGGER mine BEFORE UPDATE ON ledger.head EXECUTE FUNCTION ledger.refuse()",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION ledger.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    *("ALTER TABLE ledger.entry OWNER TO CURRENT_USER", "ALTER SCHEMA ledger RENAME TO mine"),
    "ALTER SEQUENCE ledger.turn_seq RESTART",
    "SELECT setval('ledger.turn_seq', 1)",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO PUBLIC",
    # to get round the triggers, or to the files
    "SET session_replication_role = replica",
    *("SELECT pg_read_file('pg_hba.conf')", "SELECT pg_ls_dir('.')"),
    *("COPY ledger.head TO '/tmp/mine'", "COPY ledger.head TO PROGRAM 'true'"),
    "SELECT lo_import('/etc/passwd')",
]


@pytest.fixture
def attempts(application: Engine) -> Iterator[Connection]:
    """Connect as the application; nothing of it stays."""
    with application.connect() as connection:
        yield connection
        connection.rollback()


def is_allowed(connection: Connection, statement: str) -> bool:
    """Try a statement, and take it back; False where the rights do not suffice."""
    attempt = connection.begin_nested()
    try:
        connection.execute(text(statement))
    except DBAPIError as error:
        return not isinstance(error.orig, InsufficientPrivilege)
    finally:
        attempt.rollback()
    return True


def tables_of(url: str) -> dict[str, list[str]]:
    """Return the columns of every table that there is."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {row[0]: row[1] for row in connection.execute(text(TABLES))}
    engine.dispose()
    return found


def test_of_each_table_the_rights_are_those_of_the_list(
    attempts: Connection, database_url: str
) -> None:
    """By trying: to read, to add, to update each column, to delete, to empty."""
    found = {
        table: Rights(
            frozenset(
                column for column in columns if is_allowed(attempts, UPDATE.format(table, column))
            ),
            *(is_allowed(attempts, one.format(table)) for one in (READ, ADD, DELETE)),
        )
        for table, columns in tables_of(database_url).items()
    }

    assert found == ALLOWED
    assert not any(is_allowed(attempts, TRUNCATE.format(table)) for table in found)


@pytest.mark.parametrize("reset", ["", "RESET ROLE", "RESET SESSION AUTHORIZATION"])
def test_nothing_makes_it_more_than_it_is(
    attempts: Connection, database_url: str, reset: str
) -> None:
    """No superuser, no owner, no other role, no way round a trigger or to a file."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        owner = connection.scalar(text("SELECT tableowner FROM pg_tables WHERE tablename='head'"))
    engine.dispose()
    if reset:
        attempts.execute(text(reset))

    allowed = [one for one in REFUSED if is_allowed(attempts, one.format(owner=f'"{owner}"'))]

    assert allowed == []
    assert attempts.execute(text(SERVER_WIDE)).one() == ("off", False, False)
