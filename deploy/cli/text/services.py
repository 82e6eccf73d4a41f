"""Listings, an import of them and warnings about them, for a person to read in a terminal."""

from collections.abc import Iterable, Iterator
from typing import Any

from deploy.cli import output
from deploy.directory.look_up import HeldListing
from deploy.operations.directory import ServicesImport
from deploy.operations.service_warnings import ServiceWarning
from deploy.pages.days import day
from deploy.pages.service_words import KIND_WORDS, ages, capacity_line, mark_words
from deploy.pages.text import counted


def print_listings(title: str, listings: Iterable[HeldListing]) -> None:
    """Print a table of listings."""
    output.table(
        title,
        ("listing", "name", "provider", "service", "room", "confirmed", "marks"),
        (
            (
                held.listing.id,
                held.listing.name,
                held.provider_id,
                held.service_id,
                held.capacity,
                held.confirmed_on,
                ", ".join(held.marks),
            )
            for held in listings
        ),
    )


def print_listing(held: HeldListing) -> None:
    """Print all that the directory says of a service or opportunity."""
    output.result(f"{held.listing.name} ({held.listing.id})")
    for sentence in mark_words(held):
        output.result(f"  ! {sentence}")
    for name, text in _lines(held):
        output.result(f"  {name}: {text}")


def print_import(done: ServicesImport, *, is_dry_run: bool) -> None:
    """Print what an import did or would do, and on standard error what it did not take, and why."""
    for aside in done.read.set_aside:
        for problem in aside.problems:
            output.message(f"service {aside.place}: {problem}")
    for listing_id in done.kept.others:
        output.message(f"{listing_id}: another provider has a listing of this id")
    for notice in done.read.notices:
        output.message(f"Notice: {notice}")
    kept = done.kept
    output.result(
        f"{counted(len(kept.created), 'listing')} {'would be ' if is_dry_run else ''}made,"
        f" {len(kept.corrected):,} corrected, {len(kept.unchanged):,} unchanged,"
        f" {refused_count(done):,} set aside"
    )


def import_fields(done: ServicesImport, *, is_dry_run: bool) -> dict[str, Any]:
    """Return an import for JSON."""
    kept = done.kept
    return {
        "created": list(map(str, kept.created)),
        "corrected": list(map(str, kept.corrected)),
        "unchanged": list(map(str, kept.unchanged)),
        "of_another_provider": list(map(str, kept.others)),
        "set_aside": [
            {"service": aside.place, "problems": aside.problems} for aside in done.read.set_aside
        ],
        "notices": done.read.notices,
        "is_dry_run": is_dry_run,
    }


def refused_count(done: ServicesImport) -> int:
    """Return how many services of a file were not taken."""
    return len(done.read.set_aside) + len(done.kept.others)


def print_warnings(warnings: Iterable[ServiceWarning]) -> None:
    """Print on standard error why to ask before anybody is sent to a service, and where else."""
    for warning in warnings:
        output.message(
            f"Warning: {counted(warning.referrals, 'referral')} to {warning.service_id}."
            f" {' '.join(mark_words(warning.held))}"
        )
        for other in warning.alternatives:
            of = f", {other.listing.organisation}" if other.listing.organisation else ""
            output.message(f"  instead: {other.listing.name}{of} ({other.listing.id})")


def _lines(held: HeldListing) -> Iterator[tuple[str, object]]:
    listing = held.listing
    said: dict[str, object] = {
        "organisation": listing.organisation,
        "provider": held.provider_id,
        "service": held.service_id,
        "kind": KIND_WORDS[listing.kind],
        "status": listing.status,
        "room": capacity_line(held),
        "closes": day(listing.closes_on) if listing.closes_on else None,
        "assured": day(listing.assured_on) if listing.assured_on else None,
        "description": listing.description,
        "filed under": ", ".join(listing.needs),
        "for": listing.eligibility,
        "ages": ages(listing),
        "areas": ", ".join((*listing.areas, *listing.area_notes)),
        "languages": ", ".join(listing.languages),
        "cost": "; ".join(listing.costs),
        "open": "; ".join(listing.opening),
        "alert": listing.alert,
        "e-mail": listing.email,
        "page": listing.url,
    }
    yield from ((name, text) for name, text in said.items() if text)
    for place in listing.places:
        yield "where", "; ".join(filter(None, (place.name, place.address, *place.access)))
