"""What the filter would write of one event: the planner with terms and standings made up."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from consent_ledger.agreements.agreement import Agreement, load_agreements
from consent_ledger.agreements.in_force import AgreementsInForce, InForce, Mark
from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.people import ShownAs
from consent_ledger.filter.planning import Delivery, Planner
from consent_ledger.journal.disclosures import Disclosed, TrayPlace
from consent_ledger.journal.vault import Vault
from schemas.categories import Category, mask_of
from schemas.codec import encode, walk
from schemas.events import Event
from schemas.identifiers import AgreementId, LedgerIndex, ProviderId
from tests.support.bus_settings import PARTITIONS, PEPPER

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SERVICES = {
    "college-c.adult-skills": Mark(is_sensitive=False, seq=LedgerIndex(0)),
    "borough-d.jobs": Mark(is_sensitive=False, seq=LedgerIndex(0)),
    "charity-b.recovery": Mark(is_sensitive=True, seq=LedgerIndex(0)),
}
SHIPPED = load_agreements(Path(__file__).parents[2] / "deploy" / "agreements")
EVERYTHING = Standing(granted=mask_of(Category), is_informed=True, seq=LedgerIndex(50))


def make_agreement(
    agreement_id: AgreementId = AgreementId("college-c.outcomes"), **changes: Any
) -> Agreement:
    """Return an agreement that shares every category on consent, unless changed."""
    return Agreement.model_validate(
        {
            "id": agreement_id,
            "version": 1,
            "recipient_name": "A recipient",
            "plain": "What you reached and who helped you there.",
            "events": ["referral", "enrolment", "outcome"],
            "categories": shared_on("consent", *Category),
            "retention_days": 365,
            "release_every": 0,
        }
        | changes
    )


def shared_on(basis: str, *categories: Category) -> dict[Category, dict[str, str]]:
    """Return the terms of categories that are all shared on one basis."""
    conditions = {"article_9": "statistics", "article_10": "an Act of Parliament"}
    return {one: {"basis": basis} | conditions for one in categories}


def make_planner(
    agreements: Sequence[Agreement],
    vault: Vault | None = None,
    services: Mapping[str, Mark] = SERVICES,
) -> Planner:
    """Return a planner under these agreements, the first one entered as entry 10."""
    in_force = {one.id: InForce(one, LedgerIndex(10 + at)) for at, one in enumerate(agreements)}
    terms = AgreementsInForce(
        in_force,
        dict(services),
        frozenset({ProviderId("college-c"), ProviderId("borough-d"), ProviderId("charity-b")}),
    )
    return Planner(terms, PEPPER, vault or Vault([bytes(32)], PEPPER), PARTITIONS)


def plan(
    event: Event,
    agreements: Sequence[Agreement],
    standing: Standing = EVERYTHING,
    last: Mapping[TrayPlace, Disclosed] | None = None,
    now: datetime = NOW,
) -> list[Delivery]:
    """Plan one event for somebody who stands the same way towards every agreement."""
    standings = {one.id: standing for one in agreements}
    name = ShownAs(event.participant_id)
    planner = make_planner(agreements)
    return planner.plan(walk(encode(event)), name, standings, last or {}, now=now).deliveries


def disclosed(delivery: Delivery, *, is_confirmed: bool = True) -> dict[TrayPlace, Disclosed]:
    """Return what the next turn finds about a delivery."""
    row = delivery.disclosure
    return {
        TrayPlace(row.agreement_id, row.shown_as): Disclosed(
            row.mask, row.digest, row.issue, is_confirmed
        )
    }
