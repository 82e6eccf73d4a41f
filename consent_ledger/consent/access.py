"""Who may see what of a participant now.

Only what delivers anything counts as open: without one of the two gates nothing is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.consent.decisions import NO_STANDING, Standing, open_categories
from schemas.categories import GATES, Category, categories_of
from schemas.errors import BusError
from schemas.identifiers import AgreementId, ProviderId
from schemas.trays import is_of_a_probe

_ANY_PROVIDER = ProviderId("")


class AccessError(BusError):
    """A question about an organisation or an agreement that the bus does not know."""


class Access(NamedTuple):
    """What an agreement opens of a participant's data, and on which basis each category is.

    It does not reach what `standing.excluded` providers know, as far as consent is the basis.
    """

    agreement: Agreement
    standing: Standing
    categories: dict[Category, Basis]


def access_by_agreement(
    terms: AgreementsInForce, standings: Mapping[AgreementId, Standing], now: datetime
) -> list[Access]:
    """Return what each agreement in force opens, in the order of their ids; it may be nothing.

    A probe's agreement that opens nothing is left out for all but the probe's own participant.
    """
    found = []
    for agreement_id, in_force in sorted(terms.agreements.items()):
        agreement = in_force.agreement
        standing = standings.get(agreement_id, NO_STANDING)
        mask = open_categories(agreement, standing, _ANY_PROVIDER, now)
        opened: dict[Category, Basis] = {}
        if agreement.is_valid(now) and mask & GATES:
            opened = {one: agreement.categories[one].basis for one in categories_of(mask)}
        if opened or agreement_id in standings or not is_of_a_probe(agreement_id):
            found.append(Access(agreement, standing, opened))
    return found


def named_agreements_of(
    organisation: str, terms: AgreementsInForce, standings: Mapping[AgreementId, Standing]
) -> list[tuple[Agreement, Standing]]:
    """Return an organisation's agreements with the participant's standing in each.

    A pseudonymous one is left out: it may count people, never look one up.

    Raises AccessError when no agreement that names people has this recipient.
    """
    named = [one.agreement for one in terms.agreements.values() if not one.agreement.pseudonymous]
    held = [
        (agreement, standings.get(agreement.id, NO_STANDING))
        for agreement in named
        if agreement.recipient == organisation
    ]
    if not held:
        recipients = sorted({one.recipient for one in named if not is_of_a_probe(one.id)})
        raise AccessError(
            f"{organisation} has no agreement under which it may look a person up.",
            "These have one: " + ", ".join(recipients) + "." if recipients else "",
        )
    return held
