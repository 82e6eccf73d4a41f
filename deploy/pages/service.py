"""The page of one service or opportunity."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from deploy.directory.look_up import HeldListing
from deploy.pages.days import day, london_day
from deploy.pages.environment import render
from deploy.pages.service_words import KIND_WORDS, ages, capacity_line, mark_words


def service_page(held: HeldListing, others: Sequence[HeldListing], now: datetime) -> str:
    """Return the page; `others` are what else would do."""
    return render(
        "service.html",
        listing=held.listing,
        marks=mark_words(held),
        facts=list(_facts(held)),
        others=[other.listing for other in others],
        made=london_day(now),
    )


def _facts(held: HeldListing) -> Iterator[tuple[str, str]]:
    """Yield each thing that is known, with its name; what nobody said is left out."""
    listing = held.listing
    said = (
        ("What it is", KIND_WORDS[listing.kind]),
        ("Who gives it", listing.organisation),
        ("Is there room?", capacity_line(held)),
        ("Closes on", day(listing.closes_on) if listing.closes_on else None),
        ("Please note", listing.alert),
        ("Who it is for", listing.eligibility),
        ("Ages", ages(listing)),
        ("Areas", "\n".join((*listing.areas, *listing.area_notes)) or "It does not say."),
        ("Languages", "\n".join(listing.languages)),
        ("What it costs", "\n".join(listing.costs)),
        ("When it is open", "\n".join(listing.opening)),
    )
    yield from ((name, text) for name, text in said if text)
    for place in listing.places:
        where = "\n".join(filter(None, (place.name, place.address)))
        yield ("Online" if place.kind == "virtual" else "Where it is"), where or "It does not say."
        if place.access:
            yield "Getting in", "\n".join(place.access)
    if listing.assured_on is not None:
        yield "Last checked by them", day(listing.assured_on)
