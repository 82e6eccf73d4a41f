from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent_ledger.agreements.agreement import Agreement, Basis, CategoryTerms, Pseudonym
from consent_ledger.agreements.in_force import AgreementsInForce, InForce
from consent_ledger.consent.access import AccessError, access_by_agreement, named_agreements_of
from consent_ledger.consent.decisions import NO_STANDING, Standing
from schemas.categories import Category, mask_of
from schemas.field_forms import FieldForm
from schemas.identifiers import AgreementId, LedgerIndex

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GATE, NAME = Category.PARTICIPATION, Category.IDENTITY


def agreement(agreement_id: AgreementId, basis: Basis = Basis.CONSENT, **changes: Any) -> Agreement:
    """Return an agreement that shares participation and identity."""
    return Agreement.model_validate(
        {
            "id": agreement_id,
            "version": 1,
            "recipient_name": "Somebody",
            "plain": "Somebody would like to know what came of it.",
            "events": ["outcome"],
            "categories": {one: CategoryTerms(basis=basis) for one in (GATE, NAME)},
            "retention_days": 365,
        }
        | changes
    )


def terms(*agreements: Agreement) -> AgreementsInForce:
    """Return terms in which these agreements are in force."""
    return AgreementsInForce(
        {one.id: InForce(one, LedgerIndex(seq)) for seq, one in enumerate(agreements)},
        {},
        frozenset(),
    )


def opened(*agreements: Agreement, **standings: Standing) -> list[dict[Category, Basis]]:
    """Return what each agreement opens; standings are by agreement, with _ for the dot."""
    held = {AgreementId(name.replace("_", ".")): one for name, one in standings.items()}
    return [one.categories for one in access_by_agreement(terms(*agreements), held, NOW)]


def test_nothing_is_open_to_whom_the_participant_never_met() -> None:
    """Absence denies, and the agreement is listed all the same."""
    assert opened(agreement(AgreementId("a.b"))) == [{}]


def test_a_probe_is_not_listed_to_whom_it_does_not_concern() -> None:
    """Its agreement is about nobody who exists; were it to open something, it would be told."""
    by_law = agreement(
        AgreementId("a.self"),
        categories={GATE: CategoryTerms(basis=Basis.PUBLIC_TASK)},
        applies_to="everyone",
    )

    assert opened(agreement(AgreementId("probe.self"))) == []
    assert opened(agreement(AgreementId("probe.self")), probe_self=NO_STANDING) == [{}]
    assert opened(by_law) == [{GATE: Basis.PUBLIC_TASK}]


def test_each_open_category_comes_with_its_basis() -> None:
    """A participant reads why."""
    mixed = agreement(
        AgreementId("a.b"),
        categories={
            GATE: CategoryTerms(basis=Basis.PUBLIC_TASK),
            NAME: CategoryTerms(basis=Basis.CONSENT),
        },
    )
    standing = Standing(granted=mask_of([NAME]), is_informed=True)

    assert opened(mixed, a_b=standing) == [{GATE: Basis.PUBLIC_TASK, NAME: Basis.CONSENT}]


def test_without_a_gate_nothing_counts_as_open() -> None:
    """Identity alone is never delivered, so it is not shown as open."""
    assert opened(agreement(AgreementId("a.b")), a_b=Standing(granted=mask_of([NAME]))) == [{}]


@pytest.mark.parametrize(
    "standing",
    [
        Standing(granted=mask_of([GATE, NAME]), until=NOW),
        Standing(granted=mask_of([])),
    ],
)
def test_what_has_run_out_or_was_withdrawn_is_closed(standing: Standing) -> None:
    """At the moment of `until` it holds no more."""
    assert opened(agreement(AgreementId("a.b")), a_b=standing) == [{}]


def test_an_agreement_that_is_not_valid_opens_nothing() -> None:
    """Whatever was granted."""
    ended = agreement(AgreementId("a.b"), ended=True)
    later = agreement(AgreementId("a.c"), valid_from=NOW + timedelta(days=1))
    granted = Standing(granted=mask_of([GATE, NAME]))

    assert opened(ended, later, a_b=granted, a_c=granted) == [{}, {}]


def test_what_one_provider_knows_may_be_left_out_of_what_is_open() -> None:
    """The rest stays open; who is left out stands beside it."""
    standing = Standing(granted=mask_of([GATE]), excluded=frozenset(["clinic"]))

    (found,) = access_by_agreement(
        terms(agreement(AgreementId("a.b"))), {AgreementId("a.b"): standing}, NOW
    )

    assert found.categories == {GATE: Basis.CONSENT}
    assert found.standing.excluded == {"clinic"}


def test_an_organisation_looks_up_under_its_own_agreements_alone() -> None:
    """Each with the participant's standing, or none."""
    mine, mine_too, other = (
        agreement(AgreementId("a.b")),
        agreement(AgreementId("a.c")),
        agreement(AgreementId("d.b")),
    )
    standing = Standing(granted=mask_of([GATE]))

    found = named_agreements_of(
        "a",
        terms(mine, mine_too, other),
        {AgreementId("a.b"): standing, AgreementId("d.b"): standing},
    )

    assert found == [(mine, standing), (mine_too, NO_STANDING)]


def test_a_pseudonymous_agreement_looks_nobody_up() -> None:
    """Who counts people must not learn who they are."""
    counting = agreement(
        AgreementId("hub.statistics"),
        pseudonym=Pseudonym.PERSON,
        fields={"participation.stage": FieldForm.AS_IS},
        categories={GATE: CategoryTerms(basis=Basis.CONSENT)},
    )

    with pytest.raises(AccessError, match="These have one: a"):
        named_agreements_of("hub", terms(counting, agreement(AgreementId("a.b"))), {})
