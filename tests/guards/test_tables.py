"""Each package's tables are its own: others ask the package's functions."""

import ast
from pathlib import Path

from tests.guards.source_files import (
    PACKAGES,
    imports_of,
    is_within,
    module_of,
    name_of,
    names_reached,
    nodes_of,
    package_of,
    python_files,
    reached_by,
)

OWNERS = {
    "consent_ledger.tables": "consent_ledger",
    "consumers.analytics.tables": "consumers.analytics",
    "consumers.inbox.tables": "consumers.inbox",
    "consumers.passport.tables": "consumers.passport",
    "consumers.prefill.tables": "consumers.prefill",
    "deploy.directory.tables": "deploy.directory",
    "consumers.webhooks.tables": "consumers.webhooks",
    "producers.gateway.tables": "producers.gateway",
    "producers.snapshots.tables": "producers.snapshots",
    "producers.uploads.tables": "producers.uploads",
}
"""Each module, or package of modules, of tables, with the package that alone uses it."""

MIGRATIONS = "deploy.migrations"


def test_only_a_package_and_the_migrations_import_its_tables() -> None:
    """What a column means is decided in one place; everybody else calls what that place offers."""
    others = {
        name_of(path)
        for tables, owner in OWNERS.items()
        for path in python_files(*PACKAGES)
        if any(is_within(name, tables) for name in reached_by(path))
        if not (is_within(module_of(path), owner) or is_within(module_of(path), MIGRATIONS))
    }

    assert others == set()


def test_every_table_is_made_in_a_module_that_has_an_owner() -> None:
    """A table elsewhere would be anybody's."""
    makers = {
        module_of(path)
        for path in python_files(*PACKAGES)
        if not is_within(module_of(path), MIGRATIONS)
        if makes_a_table(path)
    }

    assert {maker for maker in makers if not any(is_within(maker, one) for one in OWNERS)} == {
        "consumers.positions"  # makes one for each projection, in the projection's own tables
    }


def makes_a_table(path: Path) -> bool:
    """Tell whether a file calls SQLAlchemy's Table."""
    source = path.read_text("utf-8")
    imported = imports_of(source, package_of(path))
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and imported.get(node.func.id) == "sqlalchemy.Table"
        for node in nodes_of(source)
    )


def test_another_name_hides_no_table() -> None:
    """Neither an alias, nor the whole module, nor a way through the package."""
    for source in (
        "from consent_ledger.tables.delivery import journal as events",
        "from consent_ledger import tables as held",
        "import consent_ledger.tables.delivery as held",
        "import consent_ledger\nconsent_ledger.tables.delivery.journal",
    ):
        reached = names_reached(source, "deploy.operations")

        assert any(is_within(name, "consent_ledger.tables") for name in reached), source
