from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from deploy import migrations
from deploy.migrations.all_tables import METADATA


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


def test_migrating_again_changes_nothing(database_url: str) -> None:
    """A start of the bus may always migrate."""
    migrations.upgrade(database_url)
    migrations.upgrade(database_url)
