"""What may be seen of a participant, in plain words and as fields: the same wherever it is told."""

from typing import Any, Final

from consent_ledger.agreements.agreement import Agreement, Basis, Generalisation
from consent_ledger.consent.access import Opening
from consent_ledger.consent.remaining_access import StillOpen
from consent_ledger.ledger.entries import Kind
from schemas.categories import PLAIN_WORDS, Category

BASIS_WORDS: Final = {
    Basis.CONSENT: "you said yes",
    Basis.PUBLIC_TASK: "a public task; you can object",
    Basis.LEGAL_OBLIGATION: "the law says so",
}
"""Why something may be seen, in words for a participant."""
STILL_WORDS: Final = {
    Basis.CONSENT: "you said yes to that as well; you can take it back",
    Basis.PUBLIC_TASK: "it is part of a public job; you can object",
    Basis.LEGAL_OBLIGATION: "the law says so; nobody can stop that",
}
"""Why something is still seen after it was closed elsewhere, and what can be done about it."""
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
        "categories": _categories(agreement, categories),
        "until": standing.until.isoformat() if standing.until else None,
        "except": sorted(standing.excluded),
        "consent": last.value if last else None,
        "informed": standing.is_informed,
        "objected": standing.has_objected,
    }


def still_open_fields(one: StillOpen) -> dict[str, Any]:
    """Return for JSON what a recipient still sees."""
    return {
        "agreement": one.agreement.id,
        "recipient": one.agreement.recipient_name,
        "pseudonymous": one.agreement.pseudonymous,
        "categories": _categories(one.agreement, one.categories),
    }


def still_open_lines(one: StillOpen) -> list[str]:
    """Return in words for a participant what a recipient still sees, one category a line."""
    return [
        f"{category_words(one.agreement, category)} ({STILL_WORDS[basis]})"
        for category, basis in one.categories.items()
    ]


def _categories(agreement: Agreement, categories: dict[Category, Basis]) -> dict[str, Any]:
    return {
        category.value: {
            "basis": basis.value,
            "generalised": agreement.generalise.get(category),
            "words": category_words(agreement, category),
        }
        for category, basis in categories.items()
    }
