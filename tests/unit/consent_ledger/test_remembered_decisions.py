"""What is decided once for many events is what would be decided for each."""

from datetime import timedelta
from typing import Any

from consent_ledger.agreements.in_force import InForce
from consent_ledger.consent.decisions import Decision, Standing, decide
from consent_ledger.filter.remembered_decisions import RememberedDecisions
from schemas.categories import Category, mask_of
from schemas.identifiers import AgreementId, LedgerIndex, ProviderId
from tests.support.factories import make_outcome
from tests.support.trays_planned import EVERYTHING, NOW, make_agreement, plan, shared_on

GATE, PROGRESS = Category.PARTICIPATION, Category.PROGRESS
FULL = InForce(
    make_agreement(
        events=["enrolment", "outcome"],
        categories=shared_on("consent", GATE, PROGRESS) | shared_on("public-task", Category.AREA),
    ),
    LedgerIndex(10),
)
OTHER = InForce(
    make_agreement(
        AgreementId("charity-b.purpose"), categories=shared_on("legal-obligation", GATE)
    ),
    LedgerIndex(11),
)
FIRST: dict[str, Any] = {
    "in_force": FULL,
    "standing": EVERYTHING._replace(until=NOW + timedelta(hours=1)),
    "provider_id": ProviderId("college-c"),
    "event": "outcome",
    "is_sensitive": False,
    "now": NOW,
}


def other(**changes: Any) -> dict[str, Any]:
    """Return the first question with something changed; `standing` by its fields."""
    standing: Standing = FIRST["standing"]
    return FIRST | changes | {"standing": standing._replace(**changes.get("standing", {}))}


QUESTIONS = (
    FIRST,
    other(in_force=OTHER),
    other(provider_id=ProviderId("borough-d"), standing={"excluded": frozenset({"borough-d"})}),
    other(provider_id=ProviderId("charity-b"), standing={"excluded": frozenset({"borough-d"})}),
    other(event="referral"),
    other(is_sensitive=True),
    other(standing={"granted": mask_of([GATE])}),
    other(standing={"until": NOW}),
    other(standing={"excluded": frozenset({"college-c"})}),
    other(standing={"is_informed": False}),
    other(standing={"has_objected": True}),
    other(standing={"seq": LedgerIndex(70)}),
    other(now=NOW + timedelta(hours=1)),
    FIRST,
)


def anew(asked: dict[str, Any]) -> Decision:
    """Return what is decided when nothing is remembered."""
    in_force: InForce = asked["in_force"]
    rest = {name: value for name, value in asked.items() if name != "in_force"}
    return decide(in_force.agreement, in_force.seq, **rest)


def test_whatever_a_decision_looks_at_is_told_apart() -> None:
    """Asked one after another, each question is answered as if it were the only one."""
    remembered = RememberedDecisions()

    found = [remembered.decide(**asked, newest=LedgerIndex(-1)) for asked in QUESTIONS]

    assert found == [anew(asked) for asked in QUESTIONS]
    different = {(one.mask, one.closed) for one in found}
    assert len(different) > 3, "else the questions would tell nothing apart"


def test_what_was_entered_last_is_named() -> None:
    """A merge or a service's mark may be newer than agreement and standing."""
    remembered = RememberedDecisions()

    found = [remembered.decide(**FIRST, newest=LedgerIndex(one)).seq for one in (-1, 90, 20)]

    assert found == [50, 90, 50]


def test_each_of_several_trays_holds_what_it_would_alone() -> None:
    """What two have in common is rendered once: blocks, what is closed, and the basis."""
    event = make_outcome()
    shared = (
        shared_on("consent", GATE),
        shared_on("consent", GATE, PROGRESS),
        shared_on("consent", GATE, Category.AREA),
        shared_on("public-task", GATE),
    )
    agreements = [
        make_agreement(AgreementId(f"charity-b.purpose-{at}"), categories=categories)
        for at, categories in enumerate(shared)
    ]
    standing = EVERYTHING._replace(granted=mask_of([GATE, PROGRESS]))

    together = plan(event, agreements, standing)

    alone = [plan(event, [one], standing)[0] for one in agreements]
    assert [one.record for one in together] == [one.record for one in alone]
    assert [one.disclosure.digest for one in together] == [one.disclosure.digest for one in alone]
