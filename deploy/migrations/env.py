"""How Alembic runs a migration: on the connection it is given, in that connection's transaction."""

from alembic import context

from deploy.migrations.all_tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_schemas=True,
)
context.run_migrations()
