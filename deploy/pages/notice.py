"""A page that says one thing."""

from datetime import datetime

from deploy.pages.days import london_day
from deploy.pages.environment import render


def notice_page(heading: str, sentence: str, now: datetime) -> str:
    """Return the page."""
    return render("notice.html", heading=heading, sentence=sentence, made=london_day(now))
