"""The mappings that an organisation has used: the newest is used again for a table like it."""

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from producers.tables.errors import MappingError
from producers.tables.mapping import Mapping, parse_mapping
from producers.uploads.tables import mapping as saved
from schemas.identifiers import ProviderId


def save_mapping(
    connection: Connection, provider_id: ProviderId, mapping: Mapping, text: str, at: datetime
) -> None:
    """Keep a mapping that was used. Raises MappingError where its version says something else."""
    key = {"provider_id": provider_id, "name": mapping.name, "version": mapping.version}
    connection.execute(insert(saved).values(**key, text=text, saved_at=at).on_conflict_do_nothing())
    kept = connection.scalar(select(saved.c.text).filter_by(**key))
    if kept != text:
        raise MappingError(
            f"The mapping {mapping.name} has another version {mapping.version} already.",
            "Raise `version` with each change.",
        )


def newest_mappings(connection: Connection, provider_id: ProviderId) -> list[Mapping]:
    """Return the newest version of each of an organisation's mappings, the one used last first."""
    rows = connection.execute(
        select(saved.c.text, saved.c.saved_at)
        .filter_by(provider_id=provider_id)
        .ext(distinct_on(saved.c.name))
        .order_by(saved.c.name, saved.c.version.desc())
    ).all()
    rows = sorted(rows, key=lambda row: row.saved_at, reverse=True)
    return [parse_mapping(row.text) for row in rows]
