"""The page on which an organisation confirms one listing, and nothing else."""

from datetime import datetime
from typing import Final

from deploy.directory.look_up import HeldListing
from deploy.directory.marks import Capacity
from deploy.pages.days import london_day
from deploy.pages.environment import render
from deploy.pages.service_words import mark_words

_ANSWERS: Final = {
    Capacity.YES: "Yes",
    Capacity.NO: "No, it is full",
    Capacity.WAITING_LIST: "There is a waiting list",
    Capacity.ASK: "People should ask us",
}


def confirmation_page(held: HeldListing, now: datetime, *, is_unanswered: bool = False) -> str:
    """Return the page; `is_unanswered` where the form came back without an answer."""
    return render(
        "confirmation.html",
        listing=held.listing,
        marks=mark_words(held),
        chosen=held.capacity,
        answers=_ANSWERS,
        is_unanswered=is_unanswered,
        made=london_day(now),
    )
