"""The page on what an import would do with a table, and the one on what it did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from deploy.operations.dry_run import Reach
from deploy.operations.service_warnings import ServiceWarning
from deploy.pages.days import london_day
from deploy.pages.environment import render
from deploy.pages.service_words import mark_words
from deploy.pages.text import counted
from producers.tables.result import ProblemGroup, TableResult
from schemas.categories import PLAIN_WORDS

_LINES: Final = 5


class TriedTable(NamedTuple):
    """A table that was tried, the token under which it is published, and who would get what.

    `warnings` are of services to which it refers people and who should be asked first.
    """

    token: str
    done: TableResult
    reaches: Sequence[Reach]
    unseen: int
    warnings: Sequence[ServiceWarning]


def table_tried_page(tried: TriedTable, now: datetime) -> str:
    """Return the page on what would become of a table."""
    return render(
        "table_result.html",
        **_counts(tried.done),
        token=tried.token,
        recipients=[_recipient(reach) for reach in tried.reaches if reach.records or reach.to_ask],
        unseen=counted(tried.unseen, "event") if tried.unseen else None,
        services=[_service(warning) for warning in tried.warnings],
        made=london_day(now),
    )


def table_imported_page(done: TableResult, now: datetime) -> str:
    """Return the page on what became of a table."""
    return render(
        "table_result.html",
        **_counts(done),
        token=None,
        recipients=[],
        unseen=None,
        services=[],
        made=london_day(now),
    )


def _counts(done: TableResult) -> dict[str, Any]:
    return {
        "published": counted(done.published, "event"),
        "rows": [
            ("New", done.rows_created),
            ("Corrected", done.rows_corrected),
            ("As before", done.rows_unchanged),
            ("Set aside", done.rows_set_aside),
            ("Left out", done.rows_left_out),
        ],
        "people": "1 person" if done.people_new == 1 else f"{done.people_new:,} people",
        "problems": [_problem(group) for group in done.problems],
        "warnings": [_problem(group) for group in done.warnings],
    }


def _problem(group: ProblemGroup) -> dict[str, Any]:
    lines = ", ".join(map(str, group.lines[:_LINES]))
    return {
        "rows": counted(group.rows, "row"),
        "where": group.column,
        "text": group.text,
        "lines": f"{lines} …" if len(group.lines) > _LINES else lines,
    }


def _service(warning: ServiceWarning) -> dict[str, Any]:
    return {
        "name": warning.held.listing.name,
        "referrals": counted(warning.referrals, "referral"),
        "why": " ".join(mark_words(warning.held)),
        "others": [other.listing for other in warning.alternatives],
    }


def _recipient(reach: Reach) -> dict[str, Any]:
    return {
        "name": reach.recipient_name,
        "records": counted(reach.records, "event") if reach.records else "Nothing",
        "to_ask": counted(reach.to_ask, "event") if reach.to_ask else None,
        "kinds": [
            f"{PLAIN_WORDS[category]} ({count:,})" for category, count in reach.categories.items()
        ],
    }
