"""How services were marked at some moment: told by the entries that marked them."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from consent_ledger.ledger.entries import Kind
from consent_ledger.tables.consent import change
from consent_ledger.tables.transparency_log import entry


class Mark(NamedTuple):
    """An entry that marks a service as sensitive, or as not; `at` is the database's clock."""

    at: datetime
    is_sensitive: bool


class ServiceMarks:
    """The marks of some services, of each the newest first."""

    def __init__(self, marks: Mapping[str, Sequence[Mark]]) -> None:
        self._marks = marks

    def was_sensitive(self, service_id: str, at: datetime) -> bool:
        """Tell whether a service was marked sensitive. One that nobody had entered counts as it.

        By the database's clock: of what was decided in the very milliseconds in which a mark was
        entered, it may tell the one or the other.
        """
        marks = self._marks.get(service_id, ())
        return next((one.is_sensitive for one in marks if one.at <= at), True)


def marks_of(connection: Connection, service_ids: Collection[str]) -> ServiceMarks:
    """Read how services were ever marked."""
    rows = connection.execute(
        select(change.c.service_id, entry.c.recorded_at, entry.c.leaf)
        .join(entry, entry.c.seq == change.c.seq)
        .where(change.c.kind == Kind.SERVICE.value, change.c.service_id.in_(sorted(service_ids)))
        .order_by(change.c.seq.desc())
    )
    found: dict[str, list[Mark]] = {}
    for service_id, at, leaf in rows:
        found.setdefault(service_id, []).append(Mark(at, json.loads(leaf)["sensitive"]))
    return ServiceMarks(found)
