"""How far readers of trays have come over HTTP, as the cursors say that they bring.

A reader that sends a cursor has had all that is before it, deletions too. It counts as a consumer
group's committed offset does: whether it kept or deleted what it got is for the reader to show.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects.postgresql import insert

from consumers.inbox.cursor import TrayCursor
from consumers.inbox.tables import read_so_far
from schemas.identifiers import AgreementId, OrganisationId


class ReadSoFar(NamedTuple):
    """How far an organisation has read a tray: the next offset of each partition."""

    agreement_id: AgreementId
    organisation: OrganisationId
    positions: Mapping[int, int]


def note_cursor(
    connection: Connection,
    agreement_id: AgreementId,
    organisation: OrganisationId,
    cursor: TrayCursor,
    now: datetime,
) -> None:
    """Note the cursor that a reader came with; nothing is written where it is that of before."""
    row = read_so_far.c
    values = {
        "organisation": organisation,
        "topic_id": cursor.topic_id,
        "positions": list(cursor.positions),
        "seen_at": now,
    }
    connection.execute(
        insert(read_so_far)
        .values(agreement_id=agreement_id, **values)
        .on_conflict_do_update(
            index_elements=[row.agreement_id],
            set_=values,
            where=or_(
                row.positions != values["positions"],
                row.topic_id != cursor.topic_id,
                row.organisation != organisation,
            ),
        )
    )


def all_read_so_far(connection: Connection) -> list[ReadSoFar]:
    """Return how far each tray was read over HTTP that was read so."""
    row = read_so_far.c
    query = select(row.agreement_id, row.organisation, row.positions).order_by(row.agreement_id)
    return [
        ReadSoFar(agreement_id, organisation, dict(enumerate(positions)))
        for agreement_id, organisation, positions in connection.execute(query)
    ]
