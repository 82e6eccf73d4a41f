"""Listings into the directory: a file's services are made or corrected, each by its own id."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

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
    kept = KeptListings()
    for new in sorted(listings, key=lambda each: each.id):
        found = connection.execute(
            select(listing.c.provider_id, listing.c.body).where(listing.c.listing_id == new.id)
        ).one_or_none()
        if found is not None and found.provider_id != provider_id:
            kept.others.append(new.id)
        elif found is not None and Listing.model_validate(found.body) == new:
            kept.unchanged.append(new.id)
        else:
            (kept.created if found is None else kept.corrected).append(new.id)
            _write(connection, provider_id, new)
    return kept


def _write(connection: Connection, provider_id: ProviderId, new: Listing) -> None:
    values = {
        "kind": new.kind,
        "name": new.name,
        "status": new.status,
        "closes_on": new.closes_on,
        "assured_on": new.assured_on,
        "areas": [area.casefold() for area in new.areas],
        "languages": [language.casefold() for language in new.languages],
        "words": func.to_tsvector("english", _words(new)),
        "access_words": func.to_tsvector("english", _access_words(new)),
        "body": new.model_dump(mode="json"),
    }
    connection.execute(
        insert(listing)
        .values(listing_id=new.id, provider_id=provider_id, **values)
        .on_conflict_do_update(index_elements=["listing_id"], set_=values)
    )


def _words(new: Listing) -> str:
    said = (new.name, new.organisation, new.description, new.eligibility, *new.needs)
    return "\n".join(text for text in said if text)


def _access_words(new: Listing) -> str:
    """Return how one gets there: `online` and `in person` are searched as words, too."""
    ways = {"virtual": "online", "physical": "in person", "postal": "by post"}
    said = (text for place in new.places for text in (ways[place.kind], place.name, *place.access))
    return "\n".join(text for text in (*said, *new.opening) if text)
