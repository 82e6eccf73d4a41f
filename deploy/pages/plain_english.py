"""What may be seen of a participant, in plain English: the same words in every place."""

from typing import Final

from consent_ledger.agreements.agreement import Agreement, Basis, Generalisation
from consent_ledger.consent.remaining_access import RemainingAccess
from consent_ledger.ledger.entries import EntryKind
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
CHANGE_WORDS: Final = {
    EntryKind.REQUESTED: "You were asked whether you say yes.",
    EntryKind.GIVEN: "You said yes.",
    EntryKind.RENEWED: "You said yes again.",
    EntryKind.NARROWED: "You took back a part of your yes.",
    EntryKind.REFUSED: "You said no.",
    EntryKind.WITHDRAWN: "You took back your yes.",
    EntryKind.EXPIRED: "Your yes ran out.",
    EntryKind.INFORMED: "We told you about this.",
    EntryKind.OBJECTED: "You objected.",
    EntryKind.OBJECTION_ENDED: "Your objection ended.",
    EntryKind.UNMERGED: "This number was joined to somebody else's. What was opened then is closed"
    " again. We must ask you.",
}
"""What each kind of change was, in words for a participant."""
_COARSER: Final = {
    Generalisation.BIRTH_BAND: "only the five years in which you were born",
    Generalisation.BOROUGH: "only your borough",
}


def category_words(agreement: Agreement, category: Category) -> str:
    """Return what an agreement shows of a category, in words for a participant."""
    coarser = agreement.generalise.get(category)
    return _COARSER[coarser] if coarser else PLAIN_WORDS[category]


def remaining_lines(one: RemainingAccess) -> list[str]:
    """Return in words for a participant what a recipient still sees, one category a line."""
    return [
        f"{category_words(one.agreement, category)} ({STILL_WORDS[basis]})"
        for category, basis in one.categories.items()
    ]
