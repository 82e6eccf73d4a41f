"""What an agreement opens of a participant's data, in plain words."""

from datetime import UTC, timedelta
from typing import Any, Final

from consent_ledger.access import Opening
from consent_ledger.agreements import Agreement, Basis, Generalisation
from consent_ledger.entries import Kind
from deploy.cli import output
from schemas.categories import PLAIN_WORDS, Category

BASIS_WORDS: Final = {
    Basis.CONSENT: "you said yes",
    Basis.PUBLIC_TASK: "a public task; you can object",
    Basis.LEGAL_OBLIGATION: "the law says so",
}
"""Why something may be seen, in words for a participant."""
_LAST_WORDS: Final = {
    Kind.REQUESTED: "You were asked for your yes, and have not answered yet.",
    Kind.REFUSED: "You said no.",
    Kind.WITHDRAWN: "You took back your yes.",
    Kind.EXPIRED: "Your yes ran out.",
}
_COARSER: Final = {
    Generalisation.BIRTH_BAND: "only the five years in which you were born",
    Generalisation.BOROUGH: "only your borough",
}


def category_words(agreement: Agreement, category: Category) -> str:
    """Return what an agreement shows of a category, in words for a participant."""
    coarser = agreement.generalise.get(category)
    return _COARSER[coarser] if coarser else PLAIN_WORDS[category]


def opening_fields(opening: Opening, last: Kind | None) -> dict[str, Any]:
    """Return an opening for JSON; `last` is what happened last about consent."""
    agreement, standing, categories = opening
    return {
        "agreement": agreement.id,
        "recipient": agreement.recipient_name,
        "pseudonymous": agreement.pseudonymous,
        "categories": {
            category.value: {
                "basis": basis.value,
                "generalised": agreement.generalise.get(category),
                "words": category_words(agreement, category),
            }
            for category, basis in categories.items()
        },
        "until": standing.until.isoformat() if standing.until else None,
        "except": sorted(standing.excluded),
        "consent": last.value if last else None,
        "informed": standing.is_informed,
        "objected": standing.has_objected,
    }


def print_opening(opening: Opening, last: Kind | None) -> None:
    """Print an opening for a participant to read; `last` is what happened last about consent."""
    agreement, standing, categories = opening
    who = f"{agreement.recipient_name} ({agreement.id})"
    if not categories:
        output.result(f"{who} sees nothing.{_said(opening, last)}")
        return
    unnamed = ", without your name or any number of yours" if agreement.pseudonymous else ""
    output.result(f"{who} sees{unnamed}:{_said(opening, last)}")
    for category, basis in categories.items():
        output.result(f"  {category_words(agreement, category)} ({BASIS_WORDS[basis]})")
    if Basis.CONSENT in categories.values():
        if standing.until is not None:
            # the moment is the first at which it no longer holds
            day = (standing.until.astimezone(UTC) - timedelta(microseconds=1)).date()
            output.result(f"  your yes holds until {day.isoformat()}, that day included")
        if standing.excluded:
            output.result(
                f"  your yes leaves out what these know: {', '.join(sorted(standing.excluded))}"
            )


def _said(opening: Opening, last: Kind | None) -> str:
    said = ["You objected."] if opening.standing.has_objected else []
    if last in _LAST_WORDS:
        said.append(_LAST_WORDS[last])
    return "".join(f" {one}" for one in said)
