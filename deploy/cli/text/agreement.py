"""An agreement's file, printed for whoever reviews it."""

from typing import Final

from consent_ledger.agreements.agreement import Agreement, CategoryTerms
from deploy.cli import output
from deploy.operations.agreement_risk import Risk
from deploy.pages.plain_english import field_words, pseudonym_lines
from deploy.pages.text import counted
from schemas.field_forms import FIELD_KINDS, FieldForm

_UNITS: Final = (("week", 10_080), ("day", 1_440), ("hour", 60))


def print_agreement(agreement: Agreement) -> None:
    """Print what an agreement shares: by category and, where it names them, by field."""
    output.result(f"{agreement.id}, version {agreement.version}: {agreement.recipient_name}")
    output.result(f"  {agreement.plain.strip()}")
    output.result(f"  read by: {agreement.reader}")
    output.result(f"  events: {', '.join(sorted(agreement.events))}")
    output.result(f"  kept for: {agreement.retention_days} days")
    if agreement.pseudonym is None:
        output.result("  under the passport number")
    else:
        output.result(f"  under a pseudonym of each {agreement.pseudonym}")
        output.result(f"  what is new comes {release_words(agreement)}")
    for line in pseudonym_lines(agreement):
        output.result(f"  {line}")
    for category, terms in agreement.categories.items():
        whole = "" if category in agreement.coarse else ", whole"
        output.result(f"  {category} ({_conditions(terms)}){whole}")
    if agreement.fields:
        output.result("  fields, and nothing else of their blocks:")
    for path, form in agreement.fields.items():
        output.result(f"    {path}, {form}: {_meaning(path, form)}")
    if agreement.pseudonym is not None:
        output.result(
            "  still personal data: `nwd agreements risk` measures on a bus how many could be found"
            f" again, as in `nwd agreements risk {agreement.id}`"
        )


def release_words(agreement: Agreement) -> str:
    """Return how soon what is new comes into an agreement's tray; what is closed never waits."""
    every = agreement.release_every
    if every == 0:
        return "at once"
    for unit, minutes in _UNITS:
        if every % minutes == 0:
            return f"in batches, every {counted(every // minutes, unit)}"
    return f"in batches, every {counted(every, 'minute')}"


def print_risk(risk: Risk) -> None:
    """Print what a pseudonymous tray gives away, in people."""
    output.result(f"{risk.agreement_id}: {counted(risk.people, 'participant')}")
    output.table(
        "How many are shown alike",
        ("people alike", "people"),
        ((group, count) for group, count in risk.alike.items()),
    )
    for joined in risk.joined:
        output.table(
            f"Beside {joined.other}, with {counted(joined.people, 'participant')}",
            ("joined by", "claimed", "right"),
            ((method, one.claimed, one.right) for method, one in joined.by_method.items()),
        )
    output.message(
        "A reader of both trays cannot tell the right claims from the wrong ones, but can count"
        " here which way is worth going."
    )


def risk_fields(risk: Risk) -> dict[str, object]:
    """Return what a pseudonymous tray gives away, for JSON."""
    return {
        "agreement": risk.agreement_id,
        "people": risk.people,
        "alike": risk.alike,
        "joined": [
            {
                "with": joined.other,
                "people": joined.people,
                "by": {
                    method.value: {"claimed": found.claimed, "right": found.right}
                    for method, found in joined.by_method.items()
                },
            }
            for joined in risk.joined
        ],
    }


def _conditions(terms: CategoryTerms) -> str:
    parts = (terms.basis, terms.article_9 and f"Article 9: {terms.article_9}", terms.article_10)
    return ", ".join(part for part in parts if part)


def _meaning(path: str, form: FieldForm) -> str:
    known = FIELD_KINDS[path]
    if known.codes:
        return f"{field_words(path, form)}; {len(known.codes)} codes"
    return field_words(path, form)
