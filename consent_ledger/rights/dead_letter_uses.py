"""Who of the hub's people opened which dead letter, and when: written down before it is opened."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from consent_ledger.tables.rights import dead_letter_use


def note_use(
    connection: Connection,
    origin: str,
    *,
    operator: str,
    did: Literal["shown", "replayed"],
    at: datetime,
) -> None:
    """Write down that an operator opens the letter from this place, and what for."""
    connection.execute(
        insert(dead_letter_use).values(origin=origin, operator=operator, did=did, at=at)
    )


def noted_uses(connection: Connection) -> list[dict[str, object]]:
    """Return every use by its `at`, `operator`, `did` and `origin`, the newest first."""
    columns = (dead_letter_use.c[name] for name in ("at", "operator", "did", "origin"))
    found = connection.execute(select(*columns).order_by(dead_letter_use.c.number.desc()))
    return [dict(use) for use in found.mappings()]
