"""A listing: what the directory says of one service or opportunity, and of no person."""

from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class ListingKind(StrEnum):
    """A service, or an opportunity, which ends on its closing date."""

    SERVICE = "service"
    PLACE = "place"
    """On a course, or on a placement."""
    VACANCY = "vacancy"
    FAIR = "fair"


class ServiceStatus(StrEnum):
    """Whether a service runs, in the words of Open Referral UK 3.0."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEFUNCT = "defunct"
    TEMPORARILY_CLOSED = "temporarily closed"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServicePlace(_Frozen):
    """Where a service is given, and how one gets in."""

    kind: Literal["physical", "postal", "virtual"]
    name: str | None = None
    address: str | None = None
    access: tuple[str, ...] = ()


class Listing(_Frozen):
    """A service or opportunity as its organisation describes it; `id` is the organisation's own.

    `areas` are names, such as boroughs, by which it is searched; none is said of an area that only
    `area_notes` describe. `needs` are the terms that it is filed under.
    """

    id: UUID
    kind: ListingKind = ListingKind.SERVICE
    name: str
    organisation: str | None = None
    status: ServiceStatus
    description: str | None = None
    url: str | None = None
    email: str | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    eligibility: str | None = None
    alert: str | None = None
    assured_on: date | None = None
    closes_on: date | None = None
    places: tuple[ServicePlace, ...] = ()
    opening: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    area_notes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
