"""The page on what an import would do with a table, and the one on what it did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from deploy.operations.dry_run import Reach
from deploy.operations.row_reaches import AlikeRows, RowReaches, categories_of
from deploy.operations.service_warnings import ServiceWarning
from deploy.pages.days import london_day
from deploy.pages.environment import render
from deploy.pages.service_words import mark_words
from deploy.pages.text import counted
from producers.tables.result import ProblemGroup, TableResult
from schemas.categories import Category, Mask
from schemas.identifiers import AgreementId

_LINES: Final = 5
_WORDS: Final = {
    Category.PARTICIPATION: "the service and how far it is",
    Category.IDENTITY: "name, date of birth and official numbers",
    Category.CONTACT: "how to reach the person",
    Category.AREA: "the area they live in",
    Category.BACKGROUND: "work and learning before",
    Category.NEEDS: "goals and needs",
    Category.HEALTH: "health and disabilities",
    Category.EQUALITY: "ethnicity, sex and religion",
    Category.JUSTICE: "any criminal record",
    Category.MONEY: "benefits and pay",
    Category.PROGRESS: "what was achieved and who helped",
    Category.WELLBEING: "how they feel and how good their work is",
    Category.NOTES: "notes about them",
}
"""What the block of a category holds, to those who work with people."""
_GROUPS: Final = 12
"""How many kinds of rows are told apart on the page; the downloaded table has them all."""


class TriedTable(NamedTuple):
    """A table that was tried, the token under which it is published, and who would get what.

    `warnings` are of services to which it refers people and who should be asked first.
    """

    token: str
    done: TableResult
    reaches: Sequence[Reach]
    rows: RowReaches
    warnings: Sequence[ServiceWarning]


def table_tried_page(tried: TriedTable, now: datetime) -> str:
    """Return the page on what would become of a table."""
    grouped = tried.rows.grouped()
    more = sum(alike.rows for alike in grouped[_GROUPS:])
    return render(
        "table_result.html",
        **_counts(tried.done),
        token=tried.token,
        recipients=[_recipient(reach) for reach in tried.reaches if reach.records or reach.to_ask],
        services=[_service(warning) for warning in tried.warnings],
        alike=[_alike(alike, tried.rows.names) for alike in grouped[:_GROUPS]],
        more_rows=counted(more, "row") if more else None,
        made=london_day(now),
    )


def table_imported_page(done: TableResult, now: datetime) -> str:
    """Return the page on what became of a table."""
    return render(
        "table_result.html",
        **_counts(done),
        token=None,
        recipients=[],
        services=[],
        alike=[],
        more_rows=None,
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


def _alike(alike: AlikeRows, names: Mapping[AgreementId, str]) -> dict[str, Any]:
    return {
        "rows": counted(alike.rows, "row"),
        "lines": _lines(alike.lines),
        "is_unseen": alike.is_unseen,
        "seen": _who(alike.reach.seen, names),
        "to_ask": _who(alike.reach.to_ask, names),
    }


def _who(masks: Mapping[AgreementId, Mask], names: Mapping[AgreementId, str]) -> list[str]:
    """Return of each recipient in words which categories they would see."""
    return [
        f"{names[agreement_id]}: {'; '.join(map(_WORDS.__getitem__, categories_of(mask)))}"
        for agreement_id, mask in masks.items()
    ]


def _lines(lines: Sequence[int]) -> str:
    listed = ", ".join(map(str, lines[:_LINES]))
    return f"{listed} …" if len(lines) > _LINES else listed


def _problem(group: ProblemGroup) -> dict[str, Any]:
    return {
        "rows": counted(group.rows, "row"),
        "where": group.column,
        "text": group.text,
        "lines": _lines(group.lines),
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
            f"{_WORDS[category]} ({count:,})" for category, count in reach.categories.items()
        ],
    }
