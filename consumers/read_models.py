"""Read models held against their trays: what the tables give of each event, and what they must.

The comparison asks the functions that pages and figures read by, whatever the tables hold. It is
made at rest: what a reader has not come to yet shows as a difference.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, select

from consent_ledger.audit.differences import Difference, DifferenceKind, WrongPart
from consumers.changes import Change, Delete, Upsert, latest_changes
from consumers.projection import Projection
from schemas.identifiers import AgreementId, EventId
from schemas.trays import TrayRecord


class ReadModel(Protocol):
    """A projection with what it gives back."""

    @property
    def projection(self) -> Projection:
        """What keeps the tables."""

    def participants(self, connection: Connection) -> set[str]:
        """Return everybody of whom the tables hold something, as the tray names them."""

    def given(self, connection: Connection, participant: str) -> Mapping[EventId, Any]:
        """Return what the tables give of a participant, by event; None where it cannot be read."""

    def wanted(self, change: Upsert) -> Any:
        """Return what they must give of an event, as `given` does; None where that is nothing."""


class WrongRow(NamedTuple):
    """An event of which a read model gives something else than its tray, and how to mend it."""

    difference: Difference
    change: Change


def compare_with_tray(
    connection: Connection,
    model: ReadModel,
    agreement_id: AgreementId,
    records: Iterable[TrayRecord],
) -> list[WrongRow]:
    """Return each event of which the tables give something else than the whole tray says.

    Raises MalformedError where a record is not what the filter writes.
    """
    wanted = _wanted(records)
    found = []
    for participant in sorted(wanted.keys() | model.participants(connection)):
        events, given = wanted.get(participant, {}), model.given(connection, participant)
        for event_id in sorted(events.keys() | given.keys()):
            upsert = events.get(event_id)
            must_be = None if upsert is None else model.wanted(upsert)
            if event_id in given and must_be is None:
                kind = DifferenceKind.SURPLUS
            elif event_id not in given and must_be is not None:
                kind = DifferenceKind.MISSING
            elif event_id in given and given[event_id] is None:
                kind = DifferenceKind.UNREADABLE
            elif given.get(event_id) != must_be:
                kind = DifferenceKind.DIFFERENT
            else:
                continue
            key = f"{participant}|{event_id}"
            difference = Difference(WrongPart.READ_MODEL, kind, key, agreement_id)
            found.append(WrongRow(difference, upsert or Delete(participant, event_id)))
    return found


def _wanted(records: Iterable[TrayRecord]) -> dict[str, dict[EventId, Upsert]]:
    """Return what stands in a tray, by participant and event, each partition read by itself.

    A copy that was taken away elsewhere takes nothing away where the record belongs.
    """
    standing: dict[tuple[bytes, int], TrayRecord] = {}
    for record in records:
        standing.pop((record.key, record.partition), None)
        if record.value is not None:
            standing[record.key, record.partition] = record
    wanted: dict[str, dict[EventId, Upsert]] = {}
    for change in latest_changes(standing.values()):
        if isinstance(change, Upsert):
            wanted.setdefault(change.participant, {})[change.event_id] = change
    return wanted


def mend(connection: Connection, model: ReadModel, wrong: Iterable[WrongRow]) -> None:
    """Replace the rows of these events by what the tray says, in the caller's transaction."""
    changes = [row.change for row in wrong]
    if changes:
        model.projection.apply(connection, changes)


def hold(connection: Connection, model: ReadModel) -> None:
    """Keep the read model's reader from going on until the transaction ends.

    What is read of the tray from then on is as new as its tables, or newer: the reader then comes
    to the same records again, which changes nothing.
    """
    connection.execute(select(model.projection.position).with_for_update())
