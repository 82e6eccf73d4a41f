"""Consent changes and access as JSON: the same from the command line and over HTTP."""

from typing import Any

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.consent.remaining_access import RemainingAccess
from deploy.operations.access import AgreementAccess
from deploy.operations.consent_changes import ChangeResult
from deploy.pages.plain_english import category_words, shared_fields
from schemas.categories import Category


def change_fields(result: ChangeResult) -> dict[str, Any]:
    """Return a change that is in the ledger: both its times, once it is enforced."""
    fields: dict[str, Any] = {
        "entry": result.entry,
        "is_enforced": result.done is not None,
        "recorded_at": result.recorded_at,
    }
    if result.done:
        fields |= {
            "enforced_at": result.done.enforced_at,
            "milliseconds": result.milliseconds,
            "records": result.done.records,
            "tombstones": result.done.tombstones,
            "recipients": [
                {"agreement": agreement_id, "recipient": result.recipients[agreement_id]}
                | cost._asdict()
                for agreement_id, cost in result.done.by_agreement.items()
            ],
        }
    return fields | {"still_open": [_remaining_fields(left) for left in result.remaining]}


def access_fields(held: AgreementAccess) -> dict[str, Any]:
    """Return what an agreement opens of a participant's data, under one of their numbers."""
    agreement, standing, categories = held.access
    return {
        "participant_id": held.participant_id,
        "other_number": held.place or None,
        "agreement": agreement.id,
        "recipient": agreement.recipient_name,
        "pseudonymous": agreement.pseudonymous,
        "pseudonym": agreement.pseudonym,
        "although": dict(sorted(agreement.although.items())),
        "categories": _categories(agreement, categories),
        "until": standing.until.isoformat() if standing.until else None,
        "except": sorted(standing.excluded),
        "consent": held.last.value if held.last else None,
        "informed": standing.is_informed,
        "objected": standing.has_objected,
        "without_consent": [_remaining_fields(left) for left in held.without_consent],
    }


def _remaining_fields(left: RemainingAccess) -> dict[str, Any]:
    return {
        "agreement": left.agreement.id,
        "recipient": left.agreement.recipient_name,
        "pseudonymous": left.agreement.pseudonymous,
        "categories": _categories(left.agreement, left.categories),
    }


def _categories(agreement: Agreement, categories: dict[Category, Basis]) -> dict[str, Any]:
    return {
        category.value: {
            "basis": basis.value,
            "fields": fields_of(agreement, category),
            "words": category_words(agreement, category),
        }
        for category, basis in categories.items()
    }


def fields_of(agreement: Agreement, category: Category) -> dict[str, str] | None:
    """Return the forms of a category's fields, by name, or None where it is shared whole."""
    if category not in agreement.coarse:
        return None
    return {path: form.value for path, form in shared_fields(agreement, category).items()}
