"""The parts of Open Referral UK 3.0 that the directory takes, with their formats checked.

What is not named here is not read: contacts, the address's `attention` and `assurer_email` are
persons. Of what is named, these models refuse whatever the published JSON schema refuses when its
formats are checked, and what a page could not show.
"""

import re
from datetime import date
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from deploy.directory.listing import ListingKind, ServiceStatus

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_EMAIL: Final = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\".]+(?:\.[^@\s<>\".]+)+")
_OLDEST: Final = 130


def _tidy(value: Any) -> Any:
    """Return a text without what no screen shows; None for one of which nothing is left."""
    if not isinstance(value, str):
        return value
    return _CONTROL.sub(" ", value).strip() or None


def _web_address(text: str) -> str:
    """Refuse what is no address of the web: a page makes a link of it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"\s", text):
        raise ValueError("it is an address that begins with http:// or https://")
    return text


def _mail_address(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("it is an e-mail address, name@example.org")
    return text


Text = Annotated[str, Field(max_length=10_000)]
OptionalText = Annotated[Text | None, BeforeValidator(_tidy)]
Name = Annotated[str, BeforeValidator(_tidy), Field(max_length=300)]
WebAddress = Annotated[Text, AfterValidator(_web_address)]
OptionalWebAddress = Annotated[WebAddress | None, BeforeValidator(_tidy)]
OptionalMailAddress = Annotated[
    Annotated[Text, AfterValidator(_mail_address)] | None, BeforeValidator(_tidy)
]
OptionalDay = Annotated[date | None, BeforeValidator(_tidy)]
Number = Annotated[float, Field(strict=True)]
Age = Annotated[Number, Field(ge=0, le=_OLDEST)]


class _Published(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PublishedTerm(_Published):
    """A term of a taxonomy."""

    id: UUID
    name: Name


class PublishedAttribute(_Published):
    """What ties a term to what it describes."""

    id: UUID
    taxonomy_term: PublishedTerm | None = None


class PublishedSchedule(_Published):
    """When a service is open."""

    id: UUID
    freq: Literal["WEEKLY", "MONTHLY"] | None = None
    byday: OptionalText = None
    opens_at: OptionalText = None
    closes_at: OptionalText = None
    description: OptionalText = None
    attending_type: OptionalText = None
    notes: OptionalText = None


class PublishedAddress(_Published):
    """An address of a place."""

    id: UUID
    address_1: Text
    city: Text
    postal_code: Text


class PublishedAccessibility(_Published):
    """How one gets into a place, and around in it."""

    id: UUID
    description: OptionalText = None
    details: OptionalText = None


class PublishedLocation(_Published):
    """A place. Its coordinates are not used; what they are is looked at elsewhere."""

    id: UUID
    location_type: Literal["physical", "postal", "virtual"]
    name: OptionalText = None
    latitude: Number | None = None
    longitude: Number | None = None
    addresses: tuple[PublishedAddress, ...] = ()
    accessibility: tuple[PublishedAccessibility, ...] = ()


class PublishedServicePlace(_Published):
    """What ties a place to a service."""

    id: UUID
    location: PublishedLocation | None = None


class PublishedArea(_Published):
    """An area that a service is for."""

    id: UUID
    name: OptionalText = None
    service_area: OptionalText = None


class PublishedLanguage(_Published):
    """A language in which a service is given. `name` and `code` are HSDS 3.0's."""

    id: UUID
    name: OptionalText = None
    code: OptionalText = None


class PublishedCost(_Published):
    """What a service costs, and whom."""

    id: UUID
    option: OptionalText = None
    amount: Number | None = None
    amount_description: OptionalText = None
    valid_to: OptionalDay = None


class PublishedOrganisation(_Published):
    """Who gives a service."""

    id: UUID
    name: Name
    email: OptionalMailAddress = None
    website: OptionalWebAddress = None


class PublishedService(_Published):
    """A service. What begins with `nwd_` is the bus's own addition, for opportunities."""

    id: UUID
    name: Name
    status: ServiceStatus
    description: OptionalText = None
    url: OptionalWebAddress = None
    email: OptionalMailAddress = None
    fees: OptionalText = None
    minimum_age: Age | None = None
    maximum_age: Age | None = None
    eligibility_description: OptionalText = None
    assured_date: OptionalDay = None
    alert: OptionalText = None
    organization: PublishedOrganisation | None = None
    schedules: tuple[PublishedSchedule, ...] = ()
    service_areas: tuple[PublishedArea, ...] = ()
    service_at_locations: tuple[PublishedServicePlace, ...] = ()
    languages: tuple[PublishedLanguage, ...] = ()
    cost_options: tuple[PublishedCost, ...] = ()
    attributes: tuple[PublishedAttribute, ...] = ()
    nwd_kind: ListingKind = ListingKind.SERVICE
    nwd_closes_on: OptionalDay = None
