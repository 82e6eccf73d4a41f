"""The page on which an organisation hands in a table."""

from datetime import datetime
from typing import Final

from deploy.pages.days import london_day
from deploy.pages.environment import render
from producers.uploads.kept_uploads import public_half

EVENT_WORDS: Final = {
    "referral": "somebody who was referred to you",
    "enrolment": "somebody who takes part",
    "outcome": "something that somebody reached",
}
"""What a row of a table can be, by type of event."""


def table_upload_page(token: str, now: datetime, problem: str | None = None) -> str:
    """Return the page for the file of a token, with what was wrong the last time."""
    return render(
        "table_upload.html",
        token=token,
        upload_id=public_half(token),
        events=EVENT_WORDS.items(),
        problem=problem,
        made=london_day(now),
    )
