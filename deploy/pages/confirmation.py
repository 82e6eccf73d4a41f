"""The page on which an organisation confirms one listing, and nothing else."""

from datetime import datetime

from deploy.directory.look_up import HeldListing
from deploy.pages.days import london_day
from deploy.pages.environment import render
from deploy.pages.service_words import CAPACITY_WORDS, mark_words


def confirmation_page(held: HeldListing, now: datetime, *, is_unanswered: bool = False) -> str:
    """Return the page; `is_unanswered` where the form came back without an answer."""
    return render(
        "confirmation.html",
        listing=held.listing,
        marks=mark_words(held),
        chosen=held.capacity,
        answers=CAPACITY_WORDS,
        is_unanswered=is_unanswered,
        made=london_day(now),
    )
