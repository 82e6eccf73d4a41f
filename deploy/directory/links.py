"""Links by which an organisation confirms one listing: nobody signs in, and nothing else opens.

A token is 256 bits from the system's generator; what is kept of it is its SHA-256. A listing has
one link at a time: a new one takes the place of the one before, and what is used is gone.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from deploy.directory.tables import confirmation_link

LIFETIME: Final = timedelta(days=14)
_TOKEN_BYTES: Final = 32
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def make_link(connection: Connection, listing_id: UUID, now: datetime) -> str:
    """Make the link of a listing, and return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    values = {"digest": _digest(token), "expires_at": now + LIFETIME}
    connection.execute(
        insert(confirmation_link)
        .values(listing_id=listing_id, **values)
        .on_conflict_do_update(index_elements=["listing_id"], set_=values)
    )
    return token


def listing_of_link(connection: Connection, token: str, now: datetime) -> UUID | None:
    """Return the listing that a token is for; None where it is none, was used, or has run out."""
    if not _TOKEN.fullmatch(token):
        return None
    return connection.scalar(
        select(confirmation_link.c.listing_id).where(
            confirmation_link.c.digest == _digest(token), confirmation_link.c.expires_at > now
        )
    )


def use_link(connection: Connection, token: str, now: datetime) -> UUID | None:
    """Take a link away, and return the listing that it was for; None as for `listing_of_link`."""
    if not _TOKEN.fullmatch(token):
        return None
    return connection.scalar(
        delete(confirmation_link)
        .where(confirmation_link.c.digest == _digest(token), confirmation_link.c.expires_at > now)
        .returning(confirmation_link.c.listing_id)
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
