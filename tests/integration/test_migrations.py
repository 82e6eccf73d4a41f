import ast
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from deploy import migrations
from deploy.migrations.all_tables import METADATA

BYTES = """
    SELECT attrelid::regclass || '.' || attname, coalesce(attstattarget, -1)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind = 'r' AND atttypid = 'bytea'::regtype AND attnum > 0 AND NOT attisdropped
        AND relnamespace::regnamespace::text IN ('ledger', 'passport', 'analytics', 'snapshots')
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
    versions = list((Path(migrations.__file__).parent / "versions").glob("*.py"))
    nodes = [node for one in versions for node in ast.walk(ast.parse(one.read_text("utf-8")))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    packages = {name.partition(".")[0] for name in names}

    assert {"alembic", "sqlalchemy"} <= packages
    assert packages.isdisjoint({"schemas", "producers", "consent_ledger", "consumers", "deploy"})


def test_migrating_again_changes_nothing(database_url: str) -> None:
    """A start of the bus may always migrate."""
    migrations.upgrade(database_url)
    migrations.upgrade(database_url)
