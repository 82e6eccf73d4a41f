"""The page on which anybody finds services and opportunities."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from deploy.directory.look_up import PAGE, Choices, FoundListings, HeldListing, ServiceSearch
from deploy.directory.marks import ListingMark
from deploy.pages.days import london_day
from deploy.pages.environment import render
from deploy.pages.service_words import KIND_WORDS, capacity_line, mark_words
from deploy.pages.text import counted

_SHORT: Final = 200
"""Characters of a description in a list."""


class SearchForm(NamedTuple):
    """What was searched, and what there is to choose from."""

    asked: ServiceSearch
    page: int
    choices: Choices


def service_list_page(form: SearchForm, found: FoundListings, now: datetime) -> str:
    """Return the page with what was found."""
    has_more = form.page * PAGE < found.total
    return render(
        "service_list.html",
        asked=form.asked,
        boroughs=[(name, name) for name in form.choices.boroughs],
        languages=[(name, name) for name in form.choices.languages],
        kinds=[(kind.value, words) for kind, words in KIND_WORDS.items()],
        count=counted(found.total, "result"),
        page=form.page,
        services=[_line(held) for held in found.listings],
        earlier=_link(form.asked, form.page - 1) if form.page > 1 else None,
        later=_link(form.asked, form.page + 1) if has_more else None,
        made=london_day(now),
    )


def _line(held: HeldListing) -> dict[str, Any]:
    listing = held.listing
    text = listing.description or ""
    return {
        "id": listing.id,
        "name": listing.name,
        "organisation": listing.organisation,
        "kind": KIND_WORDS[listing.kind],
        "areas": ", ".join(listing.areas),
        "text": text if len(text) <= _SHORT else f"{text[:_SHORT].rsplit(' ', 1)[0]} …",
        "room": None if ListingMark.FULL in held.marks else capacity_line(held),
        "marks": mark_words(held),
    }


def _link(asked: ServiceSearch, page: int) -> str:
    fields = asked.model_dump(mode="json", exclude_none=True) | {"page": page}
    return f"/services?{urlencode(fields)}#results"
