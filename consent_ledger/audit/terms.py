"""An agreement's terms as the audit reads them: what of them is the same for every record."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent_ledger.audit.facts import AuditedPerson
from consent_ledger.verification.expected_fields import shared_fields
from schemas.derivation import Derivation, derived_token
from schemas.identifiers import AgreementId, LedgerIndex, ProviderId

BLOCKS = (
    *("participation", "identity", "contact", "area", "background", "needs", "health"),
    *("equality", "justice", "money", "progress", "wellbeing", "notes"),
)


@dataclass(frozen=True)
class Terms:
    """The terms of one agreement. `secret` is what its pseudonyms are made with.

    `forms` are the forms of the fields that are shared, by their block and path.
    """

    of: Mapping[str, Any]
    is_in_force: bool
    shared: frozenset[str]
    fields: dict[str, str]
    forms: Mapping[str, dict[str, str]]
    pseudonym: str | None
    secret: Derivation
    brought_by: tuple[bytes, ...]

    @property
    def agreement_id(self) -> AgreementId:
        """Which agreement it is."""
        return AgreementId(self.of["id"])

    def is_coarse(self, block: str) -> bool:
        """Return whether a block shows less than its event does."""
        return self.pseudonym is not None or block in self.forms

    def closed_but(self, opened: Collection[str]) -> str:
        """Return the blocks that are shared and not open, as a header says it."""
        return ",".join(block for block in BLOCKS if block in self.shared and block not in opened)


def terms_as_read(
    terms: Mapping[str, Any], brought_by: Sequence[LedgerIndex], pepper: bytes, now: datetime
) -> Terms:
    """Return terms as a leaf says them, worked out for this moment."""
    shared = set(terms["categories"])
    if "sensitive-participation" in shared:
        shared.add("participation")
    fields, pseudonym = shared_fields(dict(terms))
    forms: dict[str, dict[str, str]] = {}
    for path, form in fields.items():
        forms.setdefault(path.partition(".")[0], {})[path] = form
    return Terms(
        terms,
        _is_in_force(terms, now),
        frozenset(shared),
        fields,
        forms,
        pseudonym,
        Derivation(derived_token(pepper, "pseudonyms", terms["id"])),
        tuple(str(seq).encode() for seq in brought_by),
    )


def opened_categories(
    terms: Terms, person: AuditedPerson, provider_id: ProviderId, now: datetime
) -> set[str]:
    """Return the categories that a person's standing opens of a provider's events."""
    standing = person.standings.get(terms.agreement_id)
    granted: set[str] = set()
    is_informed = has_objected = False
    if standing is not None:
        is_informed, has_objected = standing["informed"], standing["objected"]
        left_out = hashlib.sha256(person.salt + provider_id.encode()).hexdigest()
        until = standing["until"]
        if left_out not in standing["except"] and (
            until is None or now < datetime.fromisoformat(until)
        ):
            granted = set(standing["granted"])
    opened = set()
    for category, condition in terms.of["categories"].items():
        basis = condition["basis"]
        is_reached = is_informed or terms.of["applies_to"] == "everyone"
        if (
            (basis == "consent" and category in granted)
            or (basis == "public-task" and is_reached and not has_objected)
            or (basis == "legal-obligation" and is_reached)
        ):
            opened.add(category)
    return opened


def _is_in_force(terms: Mapping[str, Any], now: datetime) -> bool:
    if terms["ended"] or datetime.fromisoformat(terms["valid_from"]) > now:
        return False
    until = terms["valid_until"]
    return until is None or now < datetime.fromisoformat(until)
