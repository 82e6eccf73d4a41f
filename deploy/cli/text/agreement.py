"""An agreement's file, printed for whoever reviews it."""

from consent_ledger.agreements.agreement import Agreement, CategoryTerms
from deploy.cli import output
from deploy.pages.plain_english import field_words, pseudonym_lines
from schemas.field_forms import FIELD_KINDS, Form


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
    for line in pseudonym_lines(agreement):
        output.result(f"  {line}")
    for category, terms in agreement.categories.items():
        whole = "" if category in agreement.coarse else ", whole"
        output.result(f"  {category} ({_conditions(terms)}){whole}")
    if agreement.fields:
        output.result("  fields, and nothing else of their blocks:")
    for path, form in agreement.fields.items():
        output.result(f"    {path}, {form}: {_meaning(path, form)}")


def _conditions(terms: CategoryTerms) -> str:
    parts = (terms.basis, terms.article_9 and f"Article 9: {terms.article_9}", terms.article_10)
    return ", ".join(part for part in parts if part)


def _meaning(path: str, form: Form) -> str:
    known = FIELD_KINDS[path]
    if known.codes:
        return f"{field_words(path, form)}; {len(known.codes)} codes"
    return field_words(path, form)
