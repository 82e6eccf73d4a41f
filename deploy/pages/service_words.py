"""What a listing says, put for a person, in a terminal and on a page."""

from typing import Final

from deploy.directory.listing import Listing, ListingKind, ServiceStatus
from deploy.directory.look_up import HeldListing
from deploy.directory.marks import Capacity, ListingMark
from deploy.pages.days import day

CAPACITY_WORDS: Final = {
    Capacity.YES: "It has room",
    Capacity.NO: "It is full",
    Capacity.WAITING_LIST: "It has a waiting list",
    Capacity.ASK: "Ask them whether they have room",
}
KIND_WORDS: Final = {
    ListingKind.SERVICE: "Service",
    ListingKind.PLACE: "Place on a course or placement",
    ListingKind.VACANCY: "Job vacancy",
    ListingKind.FAIR: "Jobs fair or event",
}
_CLOSED: Final = {
    ServiceStatus.INACTIVE: "It is not running at the moment.",
    ServiceStatus.DEFUNCT: "It has ended.",
    ServiceStatus.TEMPORARILY_CLOSED: "It is closed for now.",
}


def mark_words(held: HeldListing) -> list[str]:
    """Return a sentence for each reason to ask first, the worst first."""
    return [_sentence(held, mark) for mark in reversed(held.marks)]


def capacity_line(held: HeldListing) -> str | None:
    """Return whether there is room and when that was said; None where nobody ever said."""
    if held.capacity is None or held.confirmed_on is None:
        return None
    return f"{CAPACITY_WORDS[held.capacity]}, as they said on {day(held.confirmed_on)}."


def ages(listing: Listing) -> str | None:
    """Return for which ages it is; None where it says nothing of them."""
    low, high = listing.minimum_age, listing.maximum_age
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} and over"
    return None if high is None else f"up to {high:g}"


def _sentence(held: HeldListing, mark: ListingMark) -> str:
    match mark:
        case ListingMark.CLOSED if held.listing.status in _CLOSED:
            return _CLOSED[held.listing.status]
        case ListingMark.CLOSED if held.listing.closes_on is not None:
            return f"It closed on {day(held.listing.closes_on)}."
        case ListingMark.FULL if held.confirmed_on is not None:
            return f"It is full: they said so on {day(held.confirmed_on)}."
        case ListingMark.STALE if held.confirmed_on is not None:
            return f"Nobody has confirmed this since {day(held.confirmed_on)}."
    return "Nobody has confirmed this yet."
