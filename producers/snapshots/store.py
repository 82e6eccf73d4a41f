"""The snapshots in PostgreSQL: one transaction for one import, committed when it is accepted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from producers.snapshots.errors import OutdatedUploadError, UploadInProgressError
from producers.snapshots.snapshot import (
    Finding,
    Item,
    ItemKind,
    SnapshotSession,
    SnapshotStore,
    Stored,
    judge,
)
from producers.snapshots.tables import accepted_upload, import_number, item, unfinished
from schemas.identifiers import EventId, ProviderId


class PostgresSnapshots(SnapshotStore):
    """Keeps the snapshots of all providers in the schema `snapshots`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @override
    @contextmanager
    def begin(
        self, provider_id: ProviderId, collection: str, prepared_at: datetime
    ) -> Iterator["_Session"]:
        with self._engine.connect() as connection:
            lock = func.hashtextextended(f"import {provider_id}", 0)
            if not connection.scalar(select(func.pg_try_advisory_xact_lock(lock))):
                raise UploadInProgressError
            session = _Session(self._engine, connection, provider_id, collection, prepared_at)
            session.refuse_older()
            yield session


class _Session(SnapshotSession):
    """One import. Leaving the connection without `accept` rolls everything back."""

    def __init__(
        self,
        engine: Engine,
        connection: Connection,
        provider_id: ProviderId,
        collection: str,
        prepared_at: datetime,
    ) -> None:
        self._engine = engine
        self._connection = connection
        self._provider_id = provider_id
        self._collection = collection
        self._prepared_at = prepared_at
        self._number: int = connection.scalar(import_number)
        self._unfinished = (
            connection.scalar(
                select(unfinished.c.imports).where(unfinished.c.provider_id == provider_id)
            )
            or 0
        )

    def refuse_older(self) -> None:
        """Refuse an upload that is older than the last accepted one of its collection."""
        latest = self._connection.scalar(
            select(func.max(accepted_upload.c.prepared_at)).where(
                *self._of_collection(accepted_upload)
            )
        )
        if latest is not None and self._prepared_at < latest:
            raise OutdatedUploadError(self._collection)

    @override
    def latest(self, *, of: str) -> str | None:
        latest: str | None = self._connection.scalar(
            select(func.max(accepted_upload.c.collection)).where(
                accepted_upload.c.provider_id == self._provider_id,
                accepted_upload.c.collection.startswith(of, autoescape=True),
            )
        )
        return latest

    @override
    def compare(self, items: Sequence[Item]) -> list[Finding]:
        known = self._stored([new.event_id for new in items])
        findings = []
        rows: dict[str, dict[str, Any]] = {}
        for new in items:
            stored = known.get(new.event_id)
            finding = judge(new, stored, self._collection, self._unfinished)
            findings.append(finding)
            if stored is None or stored.collection <= self._collection:
                known[new.event_id] = Stored(new.digest, finding.revision, self._collection)
                rows[new.event_id] = {
                    "provider_id": self._provider_id,
                    "event_id": new.event_id,
                    "kind": new.kind,
                    "digest": new.digest,
                    "revision": finding.revision,
                    "collection": self._collection,
                    "import_number": self._number,
                }
        if rows:
            self._connection.execute(_UPSERT, list(rows.values()))
        return findings

    @override
    def stored(self, event_ids: Sequence[EventId]) -> set[EventId]:
        return set(map(EventId, self._stored(event_ids)))

    @override
    def hold(self, event_ids: Sequence[str]) -> None:
        if event_ids:
            self._connection.execute(
                update(item)
                .where(item.c.event_id.in_(event_ids), *self._of_collection(item))
                .values(import_number=self._number)
            )

    @override
    def vanished(self) -> dict[ItemKind, tuple[str, ...]]:
        last = (
            select(func.max(accepted_upload.c.import_number))
            .where(*self._of_collection(accepted_upload))
            .scalar_subquery()
        )
        gone = self._connection.execute(
            select(item.c.kind, item.c.event_id)
            .where(*self._of_collection(item), item.c.import_number == last)
            .order_by(item.c.event_id)
        ).all()
        return {kind: tuple(row.event_id for row in gone if row.kind == kind) for kind in ItemKind}

    @override
    def publishing(self) -> None:
        counted = upsert(unfinished).values(provider_id=self._provider_id, imports=1)
        with self._engine.begin() as apart:
            apart.execute(
                counted.on_conflict_do_update(
                    index_elements=[unfinished.c.provider_id],
                    set_={"imports": unfinished.c.imports + 1},
                )
            )

    @override
    def accept(self) -> None:
        self._connection.execute(
            delete(unfinished).where(unfinished.c.provider_id == self._provider_id)
        )
        self._connection.execute(
            insert(accepted_upload).values(
                import_number=self._number,
                provider_id=self._provider_id,
                collection=self._collection,
                prepared_at=self._prepared_at,
            )
        )
        self._connection.commit()

    def _stored(self, event_ids: Sequence[str]) -> dict[str, Stored]:
        rows = self._connection.execute(
            select(item.c.event_id, item.c.digest, item.c.revision, item.c.collection).where(
                item.c.provider_id == self._provider_id, item.c.event_id.in_(event_ids)
            )
        )
        return {row.event_id: Stored(row.digest, row.revision, row.collection) for row in rows}

    def _of_collection(self, table: Any) -> tuple[Any, Any]:
        return table.c.provider_id == self._provider_id, table.c.collection == self._collection


_INSERT = upsert(item)
_UPSERT = _INSERT.on_conflict_do_update(
    index_elements=[item.c.provider_id, item.c.event_id],
    set_={
        name: _INSERT.excluded[name]
        for name in ("digest", "revision", "collection", "import_number")
    },
)
