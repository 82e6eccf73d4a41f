"""The snapshots in PostgreSQL: one transaction for one import, committed when it is accepted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from producers.ilr.errors import ImportInProgressError, ReturnRefusedError
from producers.ilr.years import AcademicYear, label
from producers.snapshots.snapshot import Finding, Item, ItemKind, Stored, judge
from producers.snapshots.tables import accepted_return, import_number, item, unfinished


class PostgresSnapshots:
    """Keeps the snapshots of all providers in the schema `ilr`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def begin(
        self, provider_id: str, year: AcademicYear, prepared_at: datetime
    ) -> Iterator["_Session"]:
        """Open the snapshot of one provider for one import; nobody else may meanwhile.

        Raises:
            ImportInProgressError: somebody else does.
            ReturnRefusedError: a return of this year that was prepared later has been accepted.

        """
        with self._engine.connect() as connection:
            lock = func.hashtextextended(f"ilr import {provider_id}", 0)
            if not connection.scalar(select(func.pg_try_advisory_xact_lock(lock))):
                raise ImportInProgressError
            session = _Session(self._engine, connection, provider_id, year, prepared_at)
            session.refuse_older()
            yield session


class _Session:
    """One import. Leaving the connection without `accept` rolls everything back."""

    def __init__(
        self,
        engine: Engine,
        connection: Connection,
        provider_id: str,
        year: AcademicYear,
        prepared_at: datetime,
    ) -> None:
        self._engine = engine
        self._connection = connection
        self._provider_id = provider_id
        self._year = year
        self._prepared_at = prepared_at
        self._number: int = connection.scalar(import_number)
        self._unfinished = (
            connection.scalar(
                select(unfinished.c.imports).where(unfinished.c.provider_id == provider_id)
            )
            or 0
        )

    def refuse_older(self) -> None:
        """Refuse a return that is older than the last accepted one of its year (Filename_8)."""
        latest = self._connection.scalar(
            select(func.max(accepted_return.c.prepared_at)).where(*self._of_year(accepted_return))
        )
        if latest is not None and self._prepared_at < latest:
            raise ReturnRefusedError(
                f"Filename_8: a later return for {label(self._year)} has been accepted already.",
                "Import the newest export; an older one would undo what has changed since.",
            )

    def compare(self, items: Sequence[Item]) -> list[Finding]:
        """Compare items and remember them as seen."""
        known = self._stored([one.event_id for one in items])
        findings = []
        rows: dict[str, dict[str, Any]] = {}
        for one in items:
            stored = known.get(one.event_id)
            finding = judge(one, stored, self._year, self._unfinished)
            findings.append(finding)
            if stored is None or stored.year <= self._year:
                known[one.event_id] = Stored(one.digest, finding.revision, self._year)
                rows[one.event_id] = {
                    "provider_id": self._provider_id,
                    "event_id": one.event_id,
                    "kind": one.kind,
                    "digest": one.digest,
                    "revision": finding.revision,
                    "year": self._year,
                    "import_number": self._number,
                }
        if rows:
            self._connection.execute(_UPSERT, list(rows.values()))
        return findings

    def hold(self, event_ids: Sequence[str]) -> None:
        """Remember what is in the return and was set aside: it has not gone."""
        if event_ids:
            self._connection.execute(
                update(item)
                .where(item.c.event_id.in_(event_ids), *self._of_year(item))
                .values(import_number=self._number)
            )

    def vanished(self) -> dict[ItemKind, tuple[str, ...]]:
        """Return the event ids that the last accepted return of this year held, and this lacks."""
        last = (
            select(func.max(accepted_return.c.import_number))
            .where(*self._of_year(accepted_return))
            .scalar_subquery()
        )
        gone = self._connection.execute(
            select(item.c.kind, item.c.event_id)
            .where(*self._of_year(item), item.c.import_number == last)
            .order_by(item.c.event_id)
        ).all()
        return {kind: tuple(row.event_id for row in gone if row.kind == kind) for kind in ItemKind}

    def publishing(self) -> None:
        """Say, before the first event is sent, that some will be: kept even if the import fails."""
        counted = upsert(unfinished).values(provider_id=self._provider_id, imports=1)
        with self._engine.begin() as apart:
            apart.execute(
                counted.on_conflict_do_update(
                    index_elements=[unfinished.c.provider_id],
                    set_={"imports": unfinished.c.imports + 1},
                )
            )

    def accept(self) -> None:
        """Store the snapshot: everything due has been sent."""
        self._connection.execute(
            delete(unfinished).where(unfinished.c.provider_id == self._provider_id)
        )
        self._connection.execute(
            insert(accepted_return).values(
                import_number=self._number,
                provider_id=self._provider_id,
                year=self._year,
                prepared_at=self._prepared_at,
            )
        )
        self._connection.commit()

    def _stored(self, event_ids: Sequence[str]) -> dict[str, Stored]:
        rows = self._connection.execute(
            select(item.c.event_id, item.c.digest, item.c.revision, item.c.year).where(
                item.c.provider_id == self._provider_id, item.c.event_id.in_(event_ids)
            )
        )
        return {
            row.event_id: Stored(row.digest, row.revision, AcademicYear(row.year)) for row in rows
        }

    def _of_year(self, table: Any) -> tuple[Any, Any]:
        return table.c.provider_id == self._provider_id, table.c.year == self._year


_INSERT = upsert(item)
_UPSERT = _INSERT.on_conflict_do_update(
    index_elements=[item.c.provider_id, item.c.event_id],
    set_={name: _INSERT.excluded[name] for name in ("digest", "revision", "year", "import_number")},
)
