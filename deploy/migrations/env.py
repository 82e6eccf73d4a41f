"""How Alembic runs a migration: on the connection it is given, in that connection's transaction."""

from alembic import context

from consent_ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[metadata],
    include_schemas=True,
)
context.run_migrations()
