"""A participant's receipts as one page in plain English: nothing is loaded, nothing runs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.rights.receipts import Controller, Receipt, StatedChange
from deploy.pages.days import last_day, london_day
from deploy.pages.environment import render
from deploy.pages.plain_english import CHANGE_WORDS, category_words, remaining_lines
from schemas.categories import Category

_WITHOUT_CONSENT: Final = {
    EntryKind.REQUESTED: "You were asked, and have not answered yet. Nothing is shared on a yes.",
    EntryKind.REFUSED: "You said no. Nothing is shared on a yes.",
    EntryKind.WITHDRAWN: "You took back your yes. Nothing is shared on it any more.",
    EntryKind.EXPIRED: "Your yes has run out. Nothing is shared on it any more.",
}
"""The state when nothing is granted, by what happened last."""

_DAYS_OF_YEAR: Final = 365.25


def receipt_page(
    ledger_id: UUID, receipts: Sequence[Receipt], controller: Controller, ledger: str, now: datetime
) -> str:
    """Return the page; `receipts` are one participant's, the newest first."""
    newest: dict[str, Receipt] = {}
    for receipt in receipts:
        newest.setdefault(receipt.agreement.id, receipt)
    return render(
        "receipt.html",
        pseudonym=str(ledger_id),
        agreements=[_agreement(receipt, now) for receipt in newest.values()],
        controller=controller,
        ledger=ledger,
        made=london_day(now),
    )


def _agreement(receipt: Receipt, now: datetime) -> dict[str, Any]:
    agreement, last = receipt.agreement, receipt.change
    return {
        "recipient": agreement.recipient_name,
        "plain": agreement.plain.strip(),
        "state": _state(last, now),
        "lists": list(_lists(receipt, now)),
        "notes": list(_notes(agreement, last, now)),
        "changes": [
            {
                "day": london_day(change.at),
                "words": CHANGE_WORDS[change.kind]
                + _granted(agreement, change)
                + (f" It was entered by {change.captured_by}." if change.captured_by else "")
                + _still_open(change),
                "entry": change.seq,
            }
            for change in reversed(receipt.changes)
        ],
    }


def _state(last: StatedChange, now: datetime) -> str:
    if last.granted and _has_run_out(last, now):
        return _WITHOUT_CONSENT[EntryKind.EXPIRED]
    if last.granted:
        return "You say yes to this now."
    if last.has_objected:
        return "You objected. Nothing is shared as a public job until that has been looked at."
    return _WITHOUT_CONSENT.get(last.kind, "You have not said yes to this.")


def _lists(receipt: Receipt, now: datetime) -> Iterator[dict[str, Any]]:
    agreement, last = receipt.agreement, receipt.change
    if last.granted and not _has_run_out(last, now):
        items = [category_words(agreement, one) for one in last.granted]
        yield {"title": "With your yes, they may see", "seen": items}
    if not receipt.reaches_without_consent:
        return
    others = [(Basis.LEGAL_OBLIGATION, "Because the law says so, they may see")]
    if not last.has_objected:
        others.append((Basis.PUBLIC_TASK, "As part of their public job, they may see"))
    for basis, title in others:
        items = [
            category_words(agreement, category)
            for category in Category
            if category in agreement.categories and agreement.categories[category].basis is basis
        ]
        if items:
            yield {"title": title, "seen": items}


def _notes(agreement: Agreement, last: StatedChange, now: datetime) -> Iterator[str]:
    if last.granted and not _has_run_out(last, now):
        if last.until is not None:
            yield f"Your yes holds until the end of {last_day(last.until)}."
        else:
            yield "Your yes holds until you take it back."
    if last.granted and last.left_out:
        who = "one place knows" if last.left_out == 1 else f"{last.left_out} places know"
        yield f"You asked us to leave out what {who} about you."
    yield f"They may keep what they were sent for up to {_span(agreement.retention_days)}."


def _granted(agreement: Agreement, change: StatedChange) -> str:
    if change.kind is EntryKind.REQUESTED:
        asked = "; ".join(category_words(agreement, one) for one in change.requested)
        return f" You were asked for: {asked}."
    if change.kind not in (EntryKind.GIVEN, EntryKind.RENEWED, EntryKind.NARROWED):
        return ""
    shown = [one for one in change.granted if one in agreement.categories]
    return " It holds for: " + "; ".join(category_words(agreement, one) for one in shown) + "."


def _still_open(change: StatedChange) -> str:
    lines = [line for left in change.still_open for line in remaining_lines(left)]
    return " After that, they still saw: " + "; ".join(lines) + "." if lines else ""


def _has_run_out(change: StatedChange, now: datetime) -> bool:
    return change.until is not None and change.until <= now


def _span(days: int) -> str:
    years = round(days / _DAYS_OF_YEAR)
    if years and abs(years * _DAYS_OF_YEAR - days) <= 1:
        return "one year" if years == 1 else f"{years} years"
    return f"{days:,} days"
