import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent_ledger.agreements.agreement import (
    Agreement,
    Basis,
    Pseudonym,
    load_agreements,
)
from consent_ledger.agreements.services import load_services
from schemas.categories import Category
from schemas.field_forms import FieldForm
from schemas.identifiers import AgreementId, ProviderId

DEPLOY = Path(__file__).parents[3] / "deploy"
AGREEMENTS = {one.id: one for one in load_agreements(DEPLOY / "agreements")}
GRADE_AT_TWELVE = 7.0
"""In the Flesch-Kincaid formula, years of school: a reading age of 12."""

each_agreement = pytest.mark.parametrize("agreement", AGREEMENTS.values(), ids=list(AGREEMENTS))


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of a text, syllables counted as groups of vowels."""
    sentences = len(re.findall(r"[.!?](?:\s|$)", text))
    words = re.findall(r"[a-z']+", text.lower())
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", w)))) for w in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def test_the_six_agreements_of_the_demo_load() -> None:
    """Each file is taken, and holds the agreement that its name says."""
    assert set(AGREEMENTS) == {
        "borough-d.support",
        "college-c.outcomes",
        "hub.statistics",
        "jobcentre-e.engagement",
        "passport.coordination",
        "research.outcomes",
    }
    assert {path.stem for path in (DEPLOY / "agreements").iterdir()} == set(AGREEMENTS)


@each_agreement
def test_a_twelve_year_old_can_read_what_it_is_for(agreement: Agreement) -> None:
    """Consent is worth nothing where the words are not understood."""
    assert grade(agreement.plain) <= GRADE_AT_TWELVE
    assert max(len(one.split()) for one in re.split(r"[.!?]\s", agreement.plain)) <= 25
    assert re.search(r"\byou\b", agreement.plain)


def test_officialese_would_not_pass_for_plain_words() -> None:
    """The measure tells the kind of sentence that it is there to keep out."""
    officialese = (
        "Processing is undertaken pursuant to the controller's statutory responsibilities, "
        "facilitating longitudinal evaluation of multi-agency employability interventions."
    )

    assert grade(officialese) > GRADE_AT_TWELVE


@each_agreement
def test_it_holds_today_and_has_an_end_to_keeping(agreement: Agreement) -> None:
    """Every agreement of the demo is in force, and says for how long records are kept."""
    assert agreement.is_valid(datetime.now(UTC))
    assert agreement.retention_days <= 2192


@each_agreement
def test_nobody_receives_notes(agreement: Agreement) -> None:
    """Free text may hold anything, so no agreement of the demo opens it."""
    assert Category.NOTES not in agreement.categories


def test_the_passport_holds_everything_but_notes_on_consent_alone() -> None:
    """What the participant carries is theirs to fill."""
    passport = AGREEMENTS[AgreementId("passport.coordination")]

    assert set(passport.categories) == set(Category) - {Category.NOTES}
    assert {terms.basis for terms in passport.categories.values()} == {Basis.CONSENT}


def test_statistics_reach_everyone_and_name_nobody() -> None:
    """The figures' tray has pseudonyms, age bands and boroughs, and what figures are made of."""
    statistics = AGREEMENTS[AgreementId("hub.statistics")]

    assert statistics.applies_to == "everyone"
    assert statistics.pseudonym is Pseudonym.PERSON
    assert statistics.fields["identity.date_of_birth"] is FieldForm.BAND
    assert statistics.fields["area.borough"] is FieldForm.AREA
    assert statistics.consent_mask == 0


def test_research_ties_nothing_together_and_sees_no_day_place_or_age() -> None:
    """Who is outside the hub gets events that many people share, each under a name of its own."""
    research = AGREEMENTS[AgreementId("research.outcomes")]

    assert research.pseudonym is Pseudonym.EVENT
    assert research.fields == {
        "participation.stage": FieldForm.LEFT_OUT,
        "progress.category": FieldForm.CODE,
    }
    assert research.release_interval == timedelta(weeks=13)


def test_nobody_reads_names_and_pseudonyms_without_a_reason() -> None:
    """The hub, which runs the passport, says why; nobody else reads both."""
    reasons = {one.id: one.although for one in AGREEMENTS.values() if one.although}

    assert {agreement_id: set(why) for agreement_id, why in reasons.items()} == {
        "hub.statistics": {"passport.coordination"}
    }


@pytest.mark.parametrize(
    "category",
    [Category.SENSITIVE_PARTICIPATION, Category.HEALTH, Category.EQUALITY, Category.BACKGROUND],
)
def test_statistics_leave_closed_what_they_do_not_need(category: Category) -> None:
    """No count of the hub's needs these, and each could bring somebody to light."""
    assert category not in AGREEMENTS[AgreementId("hub.statistics")].categories


def test_the_college_learns_outcomes_and_nothing_else() -> None:
    """The gap in its own return is outcomes; the agreement is no wider."""
    college = AGREEMENTS[AgreementId("college-c.outcomes")]

    assert college.events == {"outcome"}
    assert set(college.categories) == {
        Category.PARTICIPATION,
        Category.IDENTITY,
        Category.PROGRESS,
    }
    assert college.public_task_mask == 0


def test_the_jobcentre_needs_consent_for_needs_and_health() -> None:
    """Its public task ends at taking part, and begins once somebody was told."""
    jobcentre = AGREEMENTS[AgreementId("jobcentre-e.engagement")]
    asked = {c for c, terms in jobcentre.categories.items() if terms.basis is Basis.CONSENT}

    assert asked == {Category.NEEDS, Category.HEALTH}
    assert jobcentre.applies_to == "informed"
    assert Category.SENSITIVE_PARTICIPATION not in jobcentre.categories


def test_recipients_that_publish_have_one_name() -> None:
    """An agreement's recipient that is also a provider starts with the name people know it by."""
    names = {one.id: one.name for one in load_services(DEPLOY / "services.yaml").providers}

    for agreement in AGREEMENTS.values():
        assert agreement.recipient_name.startswith(names.get(ProviderId(agreement.recipient), ""))
