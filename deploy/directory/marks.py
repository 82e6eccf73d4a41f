"""What is wrong with a listing on a day, as SQL: one rule for pages, warnings and what sinks."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_

from deploy.directory.listing import ServiceStatus
from deploy.directory.tables import listing

FRESH_DAYS: Final = 90
"""For so long what an organisation said of a service is taken for what is."""
_LONDON: Final = ZoneInfo("Europe/London")


class ListingMark(StrEnum):
    """Why nobody should be sent to a service without asking; the least bad first."""

    STALE = "stale"
    """Its organisation has confirmed nothing for 90 days."""
    FULL = "full"
    CLOSED = "closed"
    """It is not active, or its closing date is over."""


class Capacity(StrEnum):
    """Whether a service has room."""

    YES = "yes"
    NO = "no"
    WAITING_LIST = "waiting-list"
    ASK = "ask-us"


def london_date(at: datetime) -> date:
    """Return the day of a moment in London, where closing dates are read."""
    return at.astimezone(_LONDON).date()


CONFIRMED_ON: Final = func.coalesce(listing.c.capacity_on, listing.c.assured_on)
"""When somebody last stood by it: by its capacity, or by the whole where none was ever said."""


def marks(today: date) -> dict[ListingMark, ColumnElement[bool]]:
    """Return the condition of each mark."""
    oldest = today - timedelta(days=FRESH_DAYS)
    return {
        ListingMark.STALE: and_(
            listing.c.closes_on.is_(None),  # an opportunity holds until then
            func.coalesce(oldest > CONFIRMED_ON, True),
        ),
        ListingMark.FULL: func.coalesce(listing.c.capacity == Capacity.NO, False),
        ListingMark.CLOSED: or_(
            listing.c.status != ServiceStatus.ACTIVE,
            func.coalesce(listing.c.closes_on < today, False),
        ),
    }


def how_far_down(today: date) -> ColumnElement[int]:
    """Return how far a listing sinks in a list: the worse its mark, the further."""
    found = marks(today)
    return case(
        *((found[mark], place) for place, mark in reversed([*enumerate(ListingMark, start=1)])),
        else_=0,
    )
