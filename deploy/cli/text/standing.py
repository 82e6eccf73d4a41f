"""A participant's standing towards an agreement, as fields that read alike everywhere."""

from typing import Any

from consent_ledger.consent.decisions import Standing
from schemas.categories import categories_of


def standing_fields(standing: Standing) -> dict[str, Any]:
    """Return a standing for JSON and for people: names for what is granted, and until when."""
    return {
        "granted": [category.value for category in categories_of(standing.granted)],
        "until": standing.until.isoformat() if standing.until else None,
        "except": sorted(standing.excluded),
        "informed": standing.is_informed,
        "objected": standing.has_objected,
        "entry": standing.seq,
    }
