"""Listings into the directory: a file's services are made or corrected, each by its own id."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from deploy.directory.listing import Listing
from deploy.directory.tables import listing
from schemas.identifiers import ProviderId


@dataclass
class KeptListings:
    """What became of listings. `others` are another provider's, and stay as they are."""

    created: list[UUID] = field(default_factory=list)
    corrected: list[UUID] = field(default_factory=list)
    unchanged: list[UUID] = field(default_factory=list)
    others: list[UUID] = field(default_factory=list)


def keep(
    connection: Connection, provider_id: ProviderId, listings: Iterable[Listing]
) -> KeptListings:
    """Keep a provider's listings, and return which are new or changed.

    What is not among them stays. What was said of a listing's room, and which of the bus's services
    it is, stays with it.
    """
    # of two who import at once, the second sees what the first has made
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("directory.listing"))))
    wanted = {new.id: new for new in listings}
    held = {
        row.listing_id: row
        for row in connection.execute(
            select(listing.c.listing_id, listing.c.provider_id, listing.c.body).where(
                listing.c.listing_id == func.any(cast(list(wanted), ARRAY(Uuid)))
            )
        )
    }
    kept = KeptListings()
    for id_, new in wanted.items():
        found = held.get(id_)
        if found is None:
            kept.created.append(id_)
        elif found.provider_id != provider_id:
            kept.others.append(id_)
        elif Listing.model_validate(found.body) == new:
            kept.unchanged.append(id_)
        else:
            kept.corrected.append(id_)
    written = [_values(provider_id, wanted[id_]) for id_ in (*kept.created, *kept.corrected)]
    if written:
        connection.execute(_WRITE, written)
    return kept


_NEW: Final = insert(listing).values(
    words=func.to_tsvector("english", bindparam("words_text")),
    access_words=func.to_tsvector("english", bindparam("access_text")),
)
_WRITE: Final = _NEW.on_conflict_do_update(
    index_elements=["listing_id"],
    set_={
        name: _NEW.excluded[name]
        for name in (
            *("kind", "name", "status", "closes_on", "assured_on", "areas", "languages"),
            *("words", "access_words", "body"),
        )
    },
)


def _values(provider_id: ProviderId, new: Listing) -> dict[str, Any]:
    return {
        "listing_id": new.id,
        "provider_id": provider_id,
        "kind": new.kind,
        "name": new.name,
        "status": new.status,
        "closes_on": new.closes_on,
        "assured_on": new.assured_on,
        "areas": list(new.areas),
        "languages": list(new.languages),
        "words_text": _words(new),
        "access_text": _access_words(new),
        "body": new.model_dump(mode="json"),
    }


def _words(new: Listing) -> str:
    said = (new.name, new.organisation, new.description, new.eligibility, *new.needs)
    return "\n".join(text for text in said if text)


def _access_words(new: Listing) -> str:
    """Return how one gets there: `online` and `in person` are searched as words, too."""
    ways = {"virtual": "online", "physical": "in person", "postal": "by post"}
    said = (text for place in new.places for text in (ways[place.kind], place.name, *place.access))
    return "\n".join(text for text in (*said, *new.opening) if text)
