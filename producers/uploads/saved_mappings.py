"""The mappings that an organisation has used, by name: the newest version is used again."""

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from producers.tables.errors import MappingError
from producers.tables.mapping import Mapping
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


def newest_mapping(connection: Connection, provider_id: ProviderId, name: str) -> str | None:
    """Return the newest version of a mapping as YAML, or None where none was used."""
    text: str | None = connection.scalar(
        select(saved.c.text)
        .filter_by(provider_id=provider_id, name=name)
        .order_by(saved.c.version.desc())
        .limit(1)
    )
    return text


def saved_names(connection: Connection, provider_id: ProviderId) -> list[str]:
    """Return the names of an organisation's mappings."""
    names = select(saved.c.name).filter_by(provider_id=provider_id).distinct()
    return list(connection.scalars(names.order_by(saved.c.name)))
