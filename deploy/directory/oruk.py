"""Files of Open Referral UK 3.0, as listings: the whole file is read, each service for itself.

What the published schema refuses, its formats checked, sets a service aside; so do ages, days and
identities that cannot be. What is odd and beside the point, such as a latitude of 100, is a notice.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, NoReturn
from uuid import UUID

from pydantic import ValidationError

from deploy.directory.described import listing_of
from deploy.directory.listing import Listing, ListingKind
from deploy.directory.oruk_models import PublishedLocation, PublishedService
from schemas.errors import MalformedError
from schemas.validation import problems

EXAMPLE: Final = Path(__file__).parent / "example.json"
"""A file to start from."""
_MOST_LATITUDE: Final = 90
_MOST_LONGITUDE: Final = 180


class OrukError(MalformedError):
    """A file that is none of Open Referral UK's. Nothing of it is taken."""


@dataclass(frozen=True)
class WrongService:
    """A service that is not taken: its place in the file from 1, and which rules it breaks."""

    place: int
    problems: tuple[str, ...]


@dataclass
class OrukFile:
    """What a file holds. `notices` are for somebody to look at: nothing is left out for them."""

    listings: dict[UUID, Listing] = field(default_factory=dict)
    set_aside: list[WrongService] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def read_oruk(content: bytes, today: date) -> OrukFile:
    """Read a service, an organisation with its services, a service at a location, or pages of them.

    Raises OrukError where it is no JSON, names a member twice, or holds no service.
    """
    document = _document(content)
    read = OrukFile()
    repeated = 0
    for place, fields in enumerate(_services(document), start=1):
        try:
            service = PublishedService.model_validate(fields)
        except ValidationError as error:
            read.set_aside.append(WrongService(place, tuple(problems(error))))
            continue
        faults = [*_faults(service, today)]
        listing = listing_of(service)
        earlier = read.listings.get(listing.id)
        if earlier is not None and not _is_same(earlier, listing):
            faults.append("id: the file has another service of this id before")
        if faults:
            read.set_aside.append(WrongService(place, tuple(faults)))
            continue
        if earlier is not None:
            repeated += 1
            listing = listing.model_copy(
                update={"places": tuple(dict.fromkeys(earlier.places + listing.places))}
            )
        read.listings[listing.id] = listing
        read.notices += _notices(place, service)
    if repeated:
        read.notices.append(f"repeated: {repeated} of the services stand in the file before")
    read.notices += _of_page(document, len(read.listings))
    if not read.listings and not read.set_aside:
        raise OrukError("The file holds no service.", "It is JSON of Open Referral UK 3.0.")
    return read


def _document(content: bytes) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_no_duplicates, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise OrukError(
            "The file is not JSON that can be read.",
            "It is UTF-8, no member stands in an object twice, and a number is one.",
        ) from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a member that is written twice: the last one would win in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _services(document: Any) -> Iterator[Any]:
    """Yield each service of a document, with its organisation and places within it."""
    match document:
        case list():
            for part in document:
                yield from _services(part)
        case {"contents": [*parts]}:
            yield from _services(parts)
        case {"services": [*services], **organisation}:
            for part in services:
                yield {"organization": organisation} | part if _is_object(part) else part
        case {"service": {**service}, "location": location, "id": id_}:
            yield service | {"service_at_locations": [{"id": id_, "location": location}]}
        case _:
            yield document


def _is_object(part: Any) -> bool:
    return isinstance(part, Mapping)


def _is_same(earlier: Listing, later: Listing) -> bool:
    """Return whether two are one service, perhaps at two places."""
    return earlier.model_copy(update={"places": later.places}) == later


def _faults(service: PublishedService, today: date) -> Iterator[str]:
    """Yield what each field allows and all of them together do not."""
    if service.assured_date is not None and service.assured_date > today:
        yield "assured_date: it is a day that has been"
    low, high = service.minimum_age, service.maximum_age
    if low is not None and high is not None and low > high:
        yield "maximum_age: it is not below the minimum age"
    if (service.nwd_kind is ListingKind.SERVICE) is not (service.nwd_closes_on is None):
        yield "nwd_closes_on: an opportunity has a closing date, and a service has none"


def _notices(place: int, service: PublishedService) -> Iterator[str]:
    places = [at.location for at in service.service_at_locations if at.location]
    if not all(map(_is_on_earth, places)):
        yield f"service {place}: a latitude or longitude is nowhere on Earth"
    if service.organization is None:
        yield f"service {place}: it says of no organisation that it is theirs"


def _is_on_earth(place: PublishedLocation) -> bool:
    return (
        abs(place.latitude or 0) <= _MOST_LATITUDE and abs(place.longitude or 0) <= _MOST_LONGITUDE
    )


def _of_page(document: Any, count: int) -> Iterator[str]:
    """Yield what a page says of itself: others are left to import, or its figures are not true."""
    match document:
        case {"total_pages": int(pages), "page_number": int(page)} if pages > 1:
            yield f"page {page} of {pages}: the other pages are files of their own"
        case {"total_items": int(total)} if total != count:
            yield f"total_items: the file says {total}, and holds {count} services"
