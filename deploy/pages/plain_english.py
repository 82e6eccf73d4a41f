"""What may be seen of a participant, in plain English: the same words in every place."""

from typing import Final

from consent_ledger.agreements.agreement import Agreement, Basis, Pseudonym
from consent_ledger.consent.remaining_access import RemainingAccess
from consent_ledger.ledger.entries import EntryKind
from schemas.categories import PLAIN_WORDS, Category
from schemas.field_forms import FIELD_KINDS, FieldForm, Shape

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
    EntryKind.RECONCILED: "You said different things under two numbers. Only what you said yes to"
    " under both stays open. We must ask you.",
}
"""What each kind of change was, in words for a participant."""
_FORM_WORDS: Final = {
    FieldForm.DAY: "the day",
    FieldForm.MONTH: "the month",
    FieldForm.QUARTER: "the quarter of the year",
    FieldForm.PROVIDER: "only which organisation runs it",
    FieldForm.PRESENT: "only that there is some",
}
_BAND_WORDS: Final = {
    Shape.BIRTH: None,
    Shape.NUMBER: "only roughly",
}
_PSEUDONYM_WORDS: Final = {
    Pseudonym.PERSON: "A code stands for you, the same each time. Who knows some of your story may"
    " still know you again.",
    Pseudonym.JOURNEY: "A code stands for you, the same for all that comes of one referral. Who"
    " knows that part of your story may still know you again.",
    Pseudonym.EVENT: "A code stands for you, a new one each time. It does not show what else is"
    " about you.",
}
"""What a pseudonym hides and what it does not, in words for a participant."""


def pseudonym_lines(agreement: Agreement) -> list[str]:
    """Return what stands in place of a name, and why its reader may see names elsewhere."""
    if agreement.pseudonym is None:
        return []
    return [_PSEUDONYM_WORDS[agreement.pseudonym]] + [
        f"The same organisation also reads {named}, which has names in it. Why: {reason}"
        for named, reason in sorted(agreement.although.items())
    ]


def category_words(agreement: Agreement, category: Category) -> str:
    """Return what an agreement shows of a category, in words for a participant."""
    if category not in agreement.coarse:
        return PLAIN_WORDS[category]
    shown = [field_words(*field) for field in shared_fields(agreement, category).items()]
    return f"only {', '.join(shown)}" if shown else "nothing"


def shared_fields(agreement: Agreement, category: Category) -> dict[str, FieldForm]:
    """Return the fields of a category that an agreement names and does not leave out.

    They stand in the contract's order: the database keeps none.
    """
    gate = category is Category.SENSITIVE_PARTICIPATION
    block = Category.PARTICIPATION if gate else category
    forms = {
        path: agreement.fields.get(path, FieldForm.LEFT_OUT)
        for path in FIELD_KINDS
        if path.startswith(f"{block}.")
    }
    return {path: form for path, form in forms.items() if form is not FieldForm.LEFT_OUT}


def field_words(path: str, form: FieldForm) -> str:
    """Return what is shown of one field in a form, in words for a participant."""
    kind = FIELD_KINDS[path]
    how = _BAND_WORDS[kind.kind] if form is FieldForm.BAND else _FORM_WORDS.get(form)
    return f"{kind.words} ({how})" if how else kind.words


def remaining_lines(left: RemainingAccess) -> list[str]:
    """Return in words for a participant what a recipient still sees, one category a line."""
    return [
        f"{category_words(left.agreement, category)} ({STILL_WORDS[basis]})"
        for category, basis in left.categories.items()
    ]
