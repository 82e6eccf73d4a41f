"""What a recipient still sees when a participant closed something."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.agreements.in_force import AgreementsInForce, InForce
from consent_ledger.consent.access import access_by_agreement
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.remaining_access import access_without_consent, remaining_access
from schemas.categories import Category, Mask, mask_of
from schemas.identifiers import AgreementId, LedgerIndex
from tests.support.agreement_strategies import NOON, agreements, standings
from tests.support.trays_planned import make_agreement, shared_on

GATE, NAME, NEEDS = Category.PARTICIPATION, Category.IDENTITY, Category.NEEDS


def terms(*found: Agreement) -> AgreementsInForce:
    """Return terms in which these agreements are in force."""
    return AgreementsInForce(
        {one.id: InForce(one, LedgerIndex(seq)) for seq, one in enumerate(found)}, {}, frozenset()
    )


def shared(agreement_id: AgreementId, **on: Any) -> Agreement:
    """Return an agreement; `on` names categories by their basis, with _ for the hyphen."""
    categories: dict[Category, Any] = {}
    for basis, found in on.items():
        categories |= shared_on(Basis(basis.replace("_", "-")), *found)
    return make_agreement(agreement_id, categories=categories)


def left(
    found: list[Agreement], held: dict[AgreementId, Standing], agreement_id: AgreementId
) -> dict[str, dict[Category, Basis]]:
    """Return what is still seen, by agreement, when all consent to one is withdrawn."""
    stays = access_without_consent(terms(*found), held, agreement_id, NOON)
    return {one.agreement.id: one.categories for one in stays}


def test_public_task_of_the_same_agreement_stays() -> None:
    """And is told of, with its basis."""
    mixed = shared(AgreementId("a.b"), public_task=(GATE, NAME), consent=(NEEDS,))
    standing = Standing(mask_of([NEEDS]), is_informed=True)

    assert left([mixed], {AgreementId("a.b"): standing}, AgreementId("a.b")) == {
        "a.b": {GATE: Basis.PUBLIC_TASK, NAME: Basis.PUBLIC_TASK}
    }


def test_the_same_category_of_another_agreement_with_the_same_recipient_stays() -> None:
    """On whatever basis; its other categories were not closed, and are not told of."""
    one = shared(AgreementId("a.b"), consent=(GATE, NAME))
    law = shared(AgreementId("a.law"), legal_obligation=(GATE, NEEDS))
    other = shared(AgreementId("a.c"), consent=(GATE, NAME, NEEDS))
    held = {
        AgreementId("a.b"): Standing(mask_of([GATE, NAME])),
        AgreementId("a.law"): Standing(is_informed=True),
        AgreementId("a.c"): Standing(mask_of([GATE, NEEDS])),
    }

    assert left([one, law, other], held, AgreementId("a.b")) == {
        "a.law": {GATE: Basis.LEGAL_OBLIGATION},
        "a.c": {GATE: Basis.CONSENT},
    }


def test_another_recipient_is_not_told_of() -> None:
    """From them nothing was taken."""
    one, other = (
        shared(AgreementId("a.b"), consent=(GATE,)),
        shared(AgreementId("c.b"), public_task=(GATE,)),
    )
    held = {
        AgreementId("a.b"): Standing(mask_of([GATE])),
        AgreementId("c.b"): Standing(is_informed=True),
    }

    assert left([one, other], held, AgreementId("a.b")) == {}


def test_an_agreement_about_other_events_shows_none_of_the_same() -> None:
    """It delivers other records."""
    one = shared(AgreementId("a.b"), consent=(GATE,)).model_copy(
        update={"events": frozenset({"outcome"})}
    )
    other = shared(AgreementId("a.c"), consent=(GATE,)).model_copy(
        update={"events": frozenset({"referral"})}
    )
    held = {AgreementId(name): Standing(mask_of([GATE])) for name in ("a.b", "a.c")}

    assert left([one, other], held, AgreementId("a.b")) == {}


def test_after_an_objection_what_rests_on_consent_stays() -> None:
    """The other way round."""
    mixed = shared(AgreementId("a.b"), public_task=(NAME,), consent=(GATE, NEEDS))
    standing = Standing(mask_of([GATE, NEEDS]), is_informed=True, has_objected=True)
    opened = access_by_agreement(terms(mixed), {AgreementId("a.b"): standing}, NOON)

    (stays,) = remaining_access(mixed, mixed.public_task_mask, Basis.PUBLIC_TASK, opened)

    assert stays.categories == {GATE: Basis.CONSENT, NEEDS: Basis.CONSENT}


@given(st.lists(agreements(), min_size=1, max_size=3, unique_by=lambda one: one.id), st.data())
def test_what_is_told_is_exactly_what_is_open_and_was_not_closed_here(
    found: list[Agreement], data: st.DataObject
) -> None:
    """With several agreements of one recipient: nothing of it is left out, nothing invented."""
    found = [one.model_copy(update={"id": f"college-c.{place}"}) for place, one in enumerate(found)]
    held = {one.id: data.draw(standings()) for one in found}
    closed_in = found[0]
    before = held[closed_in.id]

    told = {
        (one.agreement.id, category)
        for one in access_without_consent(terms(*found), held, closed_in.id, NOON)
        for category in one.categories
    }

    after = held | {closed_in.id: before.without(before.granted)}
    opened = access_by_agreement(terms(*found), after, NOON)
    assert told == {
        (one.agreement.id, category)
        for one in opened
        for category in one.categories
        if one.agreement.id == closed_in.id
        or (Mask(category.bit & before.granted) and one.agreement.events & closed_in.events)
    }
