"""Listings out of the directory: one by its id, those that fit a search, and what else would do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from deploy.directory.areas import ALL_LONDON, area_name
from deploy.directory.listing import Listing, ListingKind
from deploy.directory.marks import CONFIRMED_ON, Capacity, ListingMark, how_far_down, marks
from deploy.directory.tables import listing
from schemas.identifiers import ProviderId, ServiceId

PAGE: Final = 20
"""Listings of a search that are shown at once."""


@dataclass(frozen=True)
class HeldListing:
    """A listing as it stands on a day. `marks` say why nobody should be sent there unasked."""

    listing: Listing
    provider_id: ProviderId
    service_id: ServiceId | None
    capacity: Capacity | None
    confirmed_on: date | None
    marks: tuple[ListingMark, ...]


class ServiceSearch(BaseModel):
    """What is asked of the directory: nothing about a person."""

    need: str | None = None
    borough: str | None = None
    language: str | None = None
    access: str | None = None
    kind: ListingKind | None = None
    service: str | None = None


class FoundListings(NamedTuple):
    """A page of what fits a search, and how many there are in all."""

    total: int
    listings: list[HeldListing]


class Choices(NamedTuple):
    """What the listings name, to choose from."""

    boroughs: list[str]
    languages: list[str]


def find(connection: Connection, listing_id: UUID, today: date) -> HeldListing | None:
    """Return a listing by its own id, None where there is none."""
    query = _listings(today).where(listing.c.listing_id == listing_id)
    return next(map(_held, connection.execute(query)), None)


def of_services(
    connection: Connection, service_ids: Collection[ServiceId], today: date
) -> list[HeldListing]:
    """Return the listings of some of the bus's services, where there are any."""
    query = _listings(today).where(listing.c.service_id.in_(service_ids))
    return list(map(_held, connection.execute(query.order_by(listing.c.service_id))))


def all_listings(connection: Connection, today: date) -> list[HeldListing]:
    """Return every listing, by provider and name."""
    query = _listings(today).order_by(listing.c.provider_id, listing.c.name, listing.c.listing_id)
    return list(map(_held, connection.execute(query)))


def stale_listings(connection: Connection, today: date) -> list[HeldListing]:
    """Return the listings that nobody has confirmed for long, but for those that are closed."""
    found = marks(today)
    query = _listings(today).where(found[ListingMark.STALE], ~found[ListingMark.CLOSED])
    return list(map(_held, connection.execute(query.order_by(listing.c.listing_id))))


def search(
    connection: Connection, wanted: ServiceSearch, today: date, page: int = 1
) -> FoundListings:
    """Return a page of the listings that fit all that is asked; what is marked comes last.

    A listing that names no area fits every borough: that it is elsewhere is not said.
    """
    conditions = list(_conditions(wanted))
    total = connection.scalar(select(func.count()).select_from(listing).where(*conditions))
    rank = func.ts_rank(listing.c.words, _query(wanted.need or ""))
    query = (
        _listings(today)
        .where(*conditions)
        .order_by(how_far_down(today), rank.desc(), listing.c.name, listing.c.listing_id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return FoundListings(total or 0, list(map(_held, connection.execute(query))))


def alternatives(
    connection: Connection, held: HeldListing, today: date, most: int = 3
) -> list[HeldListing]:
    """Return services without a mark that are like a listing, best first, and not in other areas.

    Alike is what one of its terms is said of; where it has none, what shares a word of its name.
    """
    like = _any_of(held.listing.needs or tuple(held.listing.name.split()))
    query = (
        _listings(today)
        .where(
            listing.c.listing_id != held.listing.id,
            listing.c.kind == ListingKind.SERVICE,
            listing.c.words.op("@@")(like),
            *(~is_so for is_so in marks(today).values()),
        )
        .order_by(func.ts_rank(listing.c.words, like).desc(), listing.c.name)
        .limit(most)
    )
    if held.listing.areas:
        query = query.where(_is_for(held.listing.areas))
    return list(map(_held, connection.execute(query)))


def choices(connection: Connection) -> Choices:
    """Return the areas and languages that listings name, each in its order."""
    areas, languages = (
        connection.scalars(select(func.unnest(column)).distinct()).all()
        for column in (listing.c.areas, listing.c.languages)
    )
    return Choices(sorted(areas), sorted(languages))


def _listings(today: date) -> Select[Any]:
    return select(
        listing.c.provider_id,
        listing.c.service_id,
        listing.c.body,
        listing.c.capacity,
        CONFIRMED_ON.label("confirmed_on"),
        *(is_so.label(mark.value) for mark, is_so in marks(today).items()),
    )


def _held(row: Row[Any]) -> HeldListing:
    return HeldListing(
        listing=Listing.model_validate(row.body),
        provider_id=row.provider_id,
        service_id=row.service_id,
        capacity=None if row.capacity is None else Capacity(row.capacity),
        confirmed_on=row.confirmed_on,
        marks=tuple(mark for mark in ListingMark if getattr(row, mark.value)),
    )


def _conditions(wanted: ServiceSearch) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.need:
        found.append(listing.c.words.op("@@")(_query(wanted.need)))
    if wanted.access:
        found.append(listing.c.access_words.op("@@")(_query(wanted.access)))
    if wanted.language:
        found.append(_names_one_of(listing.c.languages, [wanted.language]))
    if wanted.borough:
        found.append(_is_for([area_name(wanted.borough)]))
    if wanted.kind:
        found.append(listing.c.kind == wanted.kind)
    if wanted.service:
        found.append(listing.c.service_id == wanted.service)
    return found


def _is_for(areas: Collection[str]) -> ColumnElement[bool]:
    return or_(
        listing.c.areas == cast([], ARRAY(Text)),
        _names_one_of(listing.c.areas, [*areas, ALL_LONDON]),
    )


def _names_one_of(column: Column[Any], names: Collection[str]) -> ColumnElement[bool]:
    """Return whether a column of names has one of these, in whatever case."""
    held = func.unnest(column).column_valued("held")
    return exists().where(func.lower(held).in_([name.lower() for name in names]))


def _query(text: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery("english", text)


def _any_of(texts: Collection[str]) -> ColumnElement[Any]:
    queries: list[ColumnElement[Any]] = [func.phraseto_tsquery("english", text) for text in texts]
    return reduce(lambda either, other: either.op("||")(other), queries)
