"""Hypothesis strategies for agreements and for how somebody stands towards them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement, Basis, Pseudonym
from consent_ledger.consent.decisions import Standing
from schemas.categories import Category, Mask
from schemas.field_forms import FieldForm
from schemas.identifiers import AgreementId, LedgerIndex
from tests.support.event_strategies import PROVIDERS
from tests.support.shared_fields import all_fields, some_fields
from tests.support.trays_planned import make_agreement, shared_on

GATES = [Category.PARTICIPATION, Category.SENSITIVE_PARTICIPATION]
COARSER = {
    Category.IDENTITY: ("identity.date_of_birth", FieldForm.BAND),
    Category.AREA: ("area.borough", FieldForm.AREA),
}
EVENT_NAMES = ["referral", "enrolment", "outcome"]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

some_events = st.sets(st.sampled_from(EVENT_NAMES), min_size=1)
around_noon = st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
validity = st.fixed_dictionaries(
    {
        "ended": st.sampled_from([False, False, False, True]),
        "valid_from": around_noon.map(lambda at: at - timedelta(hours=2)),
        "valid_until": st.none() | around_noon.map(lambda at: at + timedelta(hours=5)),
    }
)
masks = st.integers(0, 2 ** len(Category) - 1).map(Mask)


@st.composite
def agreements(
    draw: st.DrawFn,
    *,
    are_in_force: bool = False,
    pseudonym: Pseudonym | Literal["any"] | None = "any",
    are_in_any_form: bool = False,
) -> Agreement:
    """Give agreements over any categories, on any bases, coarser or pseudonymous or neither.

    Unless they must be in force at noon, some have ended, or are near their beginning or end. A
    pseudonymous one shares every field as fine as it may, unless fields take any form there is.
    """
    if pseudonym == "any":
        pseudonym = draw(st.none() | st.sampled_from(Pseudonym))
    shared = draw(st.sets(st.sampled_from(Category))) | {draw(st.sampled_from(GATES))}
    if pseudonym is not None:
        fields = all_fields(shared)
        if are_in_any_form:
            fields = some_fields(shared, draw(st.integers(0, 99)))
    else:
        fields = dict(
            field
            for category, field in COARSER.items()
            if category in shared and draw(st.booleans())
        )
    categories: dict[Category, Any] = {}
    for one in sorted(shared):
        categories |= shared_on(draw(st.sampled_from(Basis)), one)
    return make_agreement(
        AgreementId(
            draw(st.sampled_from(["college-c.outcomes", "hub.statistics", "borough-d.support"]))
        ),
        events=EVENT_NAMES if are_in_force else draw(some_events),
        categories=categories,
        applies_to=draw(st.sampled_from(["everyone", "informed"])),
        pseudonym=pseudonym,
        fields=fields,
        **({} if are_in_force else draw(validity)),
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Give any way in which somebody may stand."""
    return Standing(
        granted=draw(masks),
        until=draw(st.none() | around_noon),
        excluded=draw(st.frozensets(st.sampled_from(PROVIDERS), max_size=2)),
        is_informed=draw(st.booleans()),
        has_objected=draw(st.booleans()),
        seq=LedgerIndex(draw(st.integers(0, 99))),
    )
