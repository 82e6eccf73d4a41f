"""The snapshots in a real PostgreSQL."""

from collections.abc import Iterator
from time import monotonic

import pytest
from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.schema import CreateSchema

from producers.snapshots.snapshot import Verdict
from producers.snapshots.store import PostgresSnapshots
from producers.snapshots.tables import metadata
from schemas.identifiers import ProviderId
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import MADE_2018, made_file
from tests.support.ilr.snapshot_conformance import (
    MADE_AT,
    Y25,
    SnapshotStoreConformance,
    imported,
    item,
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Give a database with the importer's tables."""
    engine = create_engine(database_url, hide_parameters=True)
    with engine.begin() as connection:
        connection.execute(CreateSchema("snapshots", if_not_exists=True))
        metadata.create_all(connection)
    yield engine
    engine.dispose()


class TestPostgresSnapshots(SnapshotStoreConformance):
    """The suite on the store that the bus uses."""

    @pytest.fixture
    def store(self, engine: Engine) -> PostgresSnapshots:
        """Give the store of a fresh database."""
        return PostgresSnapshots(engine)

    def test_no_column_can_hold_something_personal(self, engine: Engine) -> None:
        """Ids, digests and counts are all there is."""
        columns = {
            table: {column["name"] for column in inspect(engine).get_columns(table, "snapshots")}
            for table in inspect(engine).get_table_names("snapshots")
        }

        assert columns == {
            "accepted_upload": {
                *("import_number", "provider_id", "collection", "prepared_at", "accepted_at"),
            },
            "item": {
                *("provider_id", "event_id", "kind", "digest", "revision", "collection"),
                "import_number",
            },
            "unfinished": {"provider_id", "imports"},
        }

    def test_many_items_are_compared_in_reasonable_time(
        self, store: PostgresSnapshots, unique: ProviderId
    ) -> None:
        """Ten thousand items in batches take seconds, so a whole college takes under a minute."""
        items = [item() for _ in range(10_000)]
        started = monotonic()
        with store.begin(unique, Y25, MADE_AT) as session:
            for n in range(0, len(items), 400):
                session.compare(items[n : n + 400])
            session.accept()
        took_seconds = monotonic() - started

        assert imported(store, unique, *items[:3]) == [(Verdict.UNCHANGED, 1, False)] * 3
        assert took_seconds < 30


def test_a_return_is_imported_once_on_a_real_database(engine: Engine) -> None:
    """The whole import, twice: the second finds nothing to send."""
    hub = CollegeHub(snapshots=PostgresSnapshots(engine))

    first = hub.run(made_file(MADE_2018))
    again = hub.run(made_file(MADE_2018))

    assert (first.enrolments.new, first.outcomes.new) == (4, 2)
    assert (again.enrolments.unchanged, again.outcomes.unchanged) == (4, 2)
    assert hub.published == []
