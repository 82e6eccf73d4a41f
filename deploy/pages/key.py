"""The page on which an organisation says who it is, by its key."""

from datetime import datetime

from deploy.pages.days import london_day
from deploy.pages.environment import render


def key_page(now: datetime, problem: str | None = None) -> str:
    """Return the page, with what was wrong the last time."""
    return render("key.html", problem=problem, made=london_day(now))
