"""What a recipient still sees after a participant closed something: a person is told so.

Consent, public task and legal obligation open on their own: closing what rests on one leaves what
rests on another, in the same agreement or in another one with the same recipient. It is worked out
from schemas.identifiers import AgreementId
from agreements and permissions alone: it never tells what data there is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.consent.access import Access, access_by_agreement
from consent_ledger.consent.decisions import NO_STANDING, Standing
from schemas.categories import Category, Mask
from schemas.identifiers import AgreementId


class RemainingAccess(NamedTuple):
    """Categories that an agreement opens to a recipient from whom something was taken."""

    agreement: Agreement
    categories: dict[Category, Basis]


def remaining_access(
    agreement: Agreement, closed: Mask, basis: Basis, after: Iterable[Access]
) -> list[RemainingAccess]:
    """Return what the recipient of an agreement sees when categories of it were closed.

    That is, of the same agreement, whatever rests on another basis; of its other agreements about
    the same events, the categories that were closed.

    Args:
        agreement: where something was closed.
        closed: what that was.
        basis: on which it was open.
        after: everything that is open to anybody, afterwards.

    """
    found = []
    for other in after:
        if other.agreement.recipient != agreement.recipient:
            continue
        if other.agreement.id == agreement.id:
            left = {one: on for one, on in other.categories.items() if on is not basis}
        elif other.agreement.events & agreement.events:
            left = {one: on for one, on in other.categories.items() if one.bit & closed}
        else:
            continue
        if left:
            found.append(RemainingAccess(other.agreement, left))
    return found


def access_without_consent(
    terms: AgreementsInForce,
    standings: Mapping[AgreementId, Standing],
    agreement_id: AgreementId,
    now: datetime,
) -> list[RemainingAccess]:
    """Return what would still be open if all consent to an agreement were withdrawn."""
    agreement = terms.agreements[agreement_id].agreement
    before = standings.get(agreement_id, NO_STANDING)
    withdrawn = {**standings, agreement_id: before.without(before.granted)}
    after = access_by_agreement(terms, withdrawn, now)
    return remaining_access(agreement, before.granted, Basis.CONSENT, after)
