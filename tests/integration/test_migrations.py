import ast
from pathlib import Path
from secrets import token_bytes

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

import deploy.migrations
from consent_ledger.journal.sealed_keys import Holder, all_keys
from consent_ledger.journal.vault import EPOCH_BYTES, UNNAMED_EPOCH, Vault, seal, unseal
from consent_ledger.ledger.clock import system_clock
from consent_ledger.rights.key_rotation import reseal_all
from consent_ledger.transaction import PostgresLedger
from consent_ledger.transparency.note_keys import SigningKey
from deploy.migrations.all_tables import METADATA
from deploy.migrations.migrate import migrate
from tests.plugins.database_server import fresh_database

BYTES = """
    SELECT attrelid::regclass || '.' || attname, coalesce(attstattarget, -1)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind = 'r' AND atttypid = 'bytea'::regtype AND attnum > 0 AND NOT attisdropped
        AND relnamespace::regnamespace::text IN ('ledger', 'passport', 'analytics', 'snapshots')
"""

FIRST_VERSION = """
    INSERT INTO ledger.participant (participant_id, ledger_id, salt, partition, sealed_key)
    VALUES (:number, gen_random_uuid(), '', 0, :sealed)
"""


def test_the_migrations_make_the_tables_that_the_packages_describe(database_url: str) -> None:
    """Whoever changes a table writes the migration, too."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"include_schemas": True, "target_metadata": METADATA}
            )
            found = compare_metadata(context, METADATA)  # type: ignore[arg-type]  # it takes several
            differences = [str(one) for one in found]
    finally:
        engine.dispose()

    assert [one for one in differences if "alembic_version" not in one] == []


def test_no_column_of_bytes_is_sampled(database_url: str) -> None:
    """The planner's statistics would keep ciphertext and digests of somebody erased since."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            columns = connection.execute(text(BYTES)).all()
    finally:
        engine.dispose()

    assert len(columns) >= 15
    assert [place for place, target in columns if target != 0] == []


def test_a_migration_imports_nothing_of_the_product() -> None:
    """What a table's model becomes later must not change what an old migration makes."""
    versions = list((Path(deploy.migrations.__file__).parent / "versions").glob("*.py"))
    nodes = [node for one in versions for node in ast.walk(ast.parse(one.read_text("utf-8")))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    packages = {name.partition(".")[0] for name in names}

    assert {"alembic", "sqlalchemy"} <= packages
    assert packages.isdisjoint({"schemas", "producers", "consent_ledger", "consumers", "deploy"})


def test_a_key_of_the_first_version_opens_and_is_sealed_again(database_server: str) -> None:
    """It does not say its epoch: any journal key may open it, until the first rotation."""
    number, key = "NWD-SAMP-1E00-9", token_bytes(32)
    vault = Vault([key], bytes(32))
    sealed = vault.new_key(number)
    with fresh_database(database_server, template="template1") as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(deploy.migrations.__file__).parent))
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.execute(
                text(FIRST_VERSION), {"number": number, "sealed": sealed[EPOCH_BYTES:]}
            )
        migrate(url)
        ledger = PostgresLedger(engine, SigningKey.generate("example.org/ledger"), system_clock)
        with ledger.begin() as tx:
            tx.begin_epoch(vault.epoch)
            before = all_keys(tx.connection, Holder.PARTICIPANT)[number]
        reseal_all(ledger.begin, vault)
        with ledger.begin() as tx:
            after = all_keys(tx.connection, Holder.PARTICIPANT)[number]
            assert tx.key_epochs() == {vault.epoch}
        engine.dispose()

    assert before == UNNAMED_EPOCH + sealed[EPOCH_BYTES:]
    assert after.startswith(vault.epoch)
    for held in (before, after):
        secret = vault.open_key(held, number)
        assert unseal(secret, seal(vault.open_key(sealed, number), b"x", b""), b"") == b"x"


def test_migrating_again_changes_nothing(database_url: str) -> None:
    """A start of the bus may always migrate."""
    migrate(database_url)
    migrate(database_url)
