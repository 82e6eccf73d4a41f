from datetime import UTC, datetime
from typing import Any

from consent_ledger.agreements.agreement import Agreement, Basis, CategoryTerms, Pseudonym
from consent_ledger.consent.decisions import NO_STANDING, Standing
from consumers.passport.organisation import as_organisation
from consumers.passport.view import MaySee
from schemas.categories import Category, Mask, mask_of
from schemas.field_forms import FieldForm
from schemas.identifiers import AgreementId, ProviderId, ServiceId

NOW = datetime(2026, 6, 1, tzinfo=UTC)
OPENED = (Category.PARTICIPATION, Category.IDENTITY, Category.CONTACT, Category.AREA)
GRANTED = Standing(granted=mask_of(OPENED))


def agreement(
    agreement_id: AgreementId = AgreementId("college-c.outcomes"), **changes: Any
) -> Agreement:
    """Return an agreement that shares a few categories of every event on consent."""
    return Agreement.model_validate(
        {
            "id": agreement_id,
            "version": 1,
            "recipient_name": "A college",
            "plain": "The college sees what became of its learners.",
            "events": ["referral", "enrolment", "outcome"],
            "categories": {category: CategoryTerms(basis=Basis.CONSENT) for category in OPENED},
            "retention_days": 365,
        }
        | changes
    )


def nothing_is_sensitive(_service_id: str) -> bool:
    """Say of every service that it is not sensitive."""
    return False


def seen(
    may_see: MaySee, event: str = "outcome", provider_id: ProviderId = ProviderId("borough-d")
) -> Mask:
    """Return what may be seen of one event."""
    return may_see(provider_id, event, ServiceId(f"{provider_id}.jobs"))


def test_an_organisation_without_an_agreement_sees_nothing() -> None:
    """Absence denies."""
    assert seen(as_organisation([], nothing_is_sensitive, NOW)) == 0


def test_a_participant_who_was_never_asked_is_not_seen() -> None:
    """An agreement on consent opens nothing of somebody who gave none."""
    assert seen(as_organisation([(agreement(), NO_STANDING)], nothing_is_sensitive, NOW)) == 0


def test_an_agreement_opens_what_was_granted() -> None:
    """The organisation sees the categories granted, of the events the agreement names."""
    may_see = as_organisation([(agreement(events=["outcome"]), GRANTED)], nothing_is_sensitive, NOW)

    assert seen(may_see) == mask_of(OPENED)
    assert seen(may_see, "referral") == 0


def test_two_agreements_open_what_either_does() -> None:
    """An organisation that has two reads the passport under both."""
    one = agreement(
        categories={
            c: CategoryTerms(basis=Basis.CONSENT) for c in (Category.PARTICIPATION, Category.AREA)
        }
    )
    other = agreement(
        AgreementId("college-c.support"),
        categories={
            c: CategoryTerms(basis=Basis.CONSENT)
            for c in (Category.PARTICIPATION, Category.CONTACT)
        },
    )

    may_see = as_organisation([(one, GRANTED), (other, GRANTED)], nothing_is_sensitive, NOW)

    assert seen(may_see) == mask_of([Category.PARTICIPATION, Category.AREA, Category.CONTACT])


def test_a_sensitive_service_needs_its_own_gate() -> None:
    """Participation does not open the records of a service that is marked sensitive."""
    assert seen(as_organisation([(agreement(), GRANTED)], lambda _service_id: True, NOW)) == 0


def test_what_is_excluded_stays_closed() -> None:
    """Everything but the clinic: an excluded provider's events are not seen."""
    standing = GRANTED._replace(excluded=frozenset({"charity-b"}))
    may_see = as_organisation([(agreement(), standing)], nothing_is_sensitive, NOW)

    assert seen(may_see) == mask_of(OPENED)
    assert seen(may_see, provider_id=ProviderId("charity-b")) == 0


def test_a_category_shared_in_a_coarser_form_is_not_seen_in_full() -> None:
    """The passport has no birth bands to show, so it shows no identity."""
    coarse = agreement(fields={"identity.date_of_birth": FieldForm.BAND})

    may_see = as_organisation([(coarse, GRANTED)], nothing_is_sensitive, NOW)

    assert seen(may_see) == mask_of(set(OPENED) - {Category.IDENTITY})


def test_a_pseudonymous_agreement_opens_no_passport() -> None:
    """Who may count people may not look one of them up by number."""
    counted = agreement(
        pseudonym=Pseudonym.PERSON,
        fields={"participation.stage": FieldForm.AS_IS, "area.borough": FieldForm.AREA},
        categories={
            c: CategoryTerms(basis=Basis.CONSENT) for c in (Category.PARTICIPATION, Category.AREA)
        },
    )

    assert seen(as_organisation([(counted, GRANTED)], nothing_is_sensitive, NOW)) == 0
