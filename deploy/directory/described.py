"""A published service in the directory's own terms."""

from collections.abc import Iterable, Iterator
from typing import Final

from deploy.directory.areas import areas_in
from deploy.directory.listing import Listing, ServicePlace
from deploy.directory.oruk_models import (
    PublishedCost,
    PublishedLocation,
    PublishedSchedule,
    PublishedService,
)

_DAYS: Final = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_MINUTES: Final = len("10:00")


def listing_of(service: PublishedService) -> Listing:
    """Return the listing of a service: nothing of it names a person."""
    organisation = service.organization
    areas = areas_in(
        text for area in service.service_areas if (text := area.name or area.service_area)
    )
    return Listing(
        id=service.id,
        kind=service.nwd_kind,
        name=service.name,
        organisation=organisation.name if organisation else None,
        status=service.status,
        description=service.description,
        url=service.url or (organisation.website if organisation else None),
        email=service.email or (organisation.email if organisation else None),
        minimum_age=service.minimum_age,
        maximum_age=service.maximum_age,
        eligibility=service.eligibility_description,
        alert=service.alert,
        assured_on=service.assured_date,
        closes_on=service.nwd_closes_on,
        places=tuple(_place(at.location) for at in service.service_at_locations if at.location),
        opening=_unique(map(_opening, service.schedules)),
        languages=_unique(language.name or language.code for language in service.languages),
        costs=_unique((service.fees, *map(_cost, service.cost_options))),
        areas=areas.names,
        area_notes=areas.notes,
        needs=_unique(tag.taxonomy_term.name for tag in service.attributes if tag.taxonomy_term),
    )


def _unique(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _place(location: PublishedLocation) -> ServicePlace:
    addresses = [
        ", ".join(part for part in (where.address_1, where.city, where.postal_code) if part)
        for where in location.addresses
    ]
    said = (text for way in location.accessibility for text in (way.description, way.details))
    return ServicePlace(
        kind=location.location_type,
        name=location.name,
        address="; ".join(addresses) or None,
        access=_unique(said),
    )


def _opening(schedule: PublishedSchedule) -> str | None:
    parts = (_hours(schedule), schedule.description, schedule.attending_type, schedule.notes)
    return ". ".join(part.rstrip(".") for part in parts if part) or None


def _hours(schedule: PublishedSchedule) -> str:
    """Return days and hours, such as `Thursday, Friday, 10:00 to 18:00`."""
    codes = (schedule.byday or "").split(",")
    parts = [_DAYS[code.strip()] for code in codes if code.strip() in _DAYS]
    if schedule.opens_at and schedule.closes_at:
        parts.append(f"{schedule.opens_at[:_MINUTES]} to {schedule.closes_at[:_MINUTES]}")
    return ", ".join(parts)


def _cost(cost: PublishedCost) -> str:
    return " ".join(_cost_parts(cost))


def _cost_parts(cost: PublishedCost) -> Iterator[str]:
    if cost.option:
        yield f"{cost.option}:"
    if cost.amount is not None:
        yield f"£{cost.amount:,.2f}".removesuffix(".00")
    if cost.amount_description:
        yield cost.amount_description
    if cost.valid_to:
        yield f"(until {cost.valid_to.isoformat()})"
