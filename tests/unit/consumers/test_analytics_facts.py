from datetime import UTC, date, datetime

from consumers.analytics.facts import AnalyticsFact, fact_of
from consumers.changes import Upsert, latest_changes
from schemas.blocks import Area, Progress
from schemas.categories import Category
from schemas.decline_reasons import DeclineReason
from schemas.events import Event, OutcomeParticipation, OutcomeStage, ReferralStage
from schemas.identifiers import ServiceId
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.out_trays import out_record

DAY = datetime(2026, 5, 4, tzinfo=UTC)
BAND = {
    "given_names": None,
    "family_name": None,
    "date_of_birth": date(1990, 1, 1),
    "uln": None,
    "ni_number": None,
}
UNSHARED = [Category.CONTACT, Category.HEALTH, Category.NOTES]


def kept(event: Event, *closed: Category) -> AnalyticsFact:
    """Return what the analytics keep of an event in the hub's tray."""
    record = out_record(
        event,
        [*UNSHARED, *closed],
        participant_id="PSEUDONYM",
        event_id="key",
        identity=None if Category.IDENTITY in closed else BAND,
        occurred_at=DAY,
    )
    (change,) = latest_changes([record])
    assert isinstance(change, Upsert)
    return fact_of(change)


def test_an_outcome_is_kept_with_what_the_measures_need() -> None:
    """Pseudonym, place, band, day, category, code and hours; nothing that names anybody."""
    assert kept(
        make_outcome(ServiceId("borough-d.jobs"), provider_id="borough-d")
    ) == AnalyticsFact(
        participant="PSEUDONYM",
        event_key="key",
        event="outcome",
        stage="recorded",
        service_id=ServiceId("borough-d.jobs"),
        decline_reason=None,
        programme=None,
        borough="Southwark",
        birth_band=1990,
        on_day=date(2026, 5, 4),
        started_on=None,
        outcome_category="EMP",
        outcome_code="1",
        effective_on=date(2026, 6, 1),
        hours_per_week=24.0,
    )


def test_an_enrolment_is_kept_with_its_first_day() -> None:
    """The first day of a course is what times are measured to."""
    fact = kept(make_enrolment())

    assert (fact.event, fact.stage, fact.started_on) == ("enrolment", "started", date(2026, 5, 1))


def test_a_referral_is_kept_with_why_it_was_declined() -> None:
    """A word of the contract's closed list."""
    referral = make_referral()
    declined = referral.model_copy(
        update={
            "participation": referral.participation.model_copy(
                update={
                    "stage": ReferralStage.DECLINED,
                    "decline_reason": DeclineReason.NO_CAPACITY,
                }
            )
        }
    )

    assert kept(declined).decline_reason == "no_capacity"


def test_closed_blocks_leave_gaps_and_no_more() -> None:
    """Somebody who closed identity, area and progress is still counted as taking part."""
    fact = kept(make_referral(), Category.IDENTITY, Category.AREA, Category.PROGRESS)

    assert (fact.event, fact.stage) == ("referral", "requested")
    assert (fact.borough, fact.birth_band, fact.outcome_category) == (None, None, None)


def test_a_text_that_is_on_no_list_is_not_kept() -> None:
    """An address in place of a borough or of a code would tell who somebody is."""
    place = "Flat 3, 12 Acre Road"
    fact = kept(
        make_outcome(
            participation=OutcomeParticipation(
                service_id=ServiceId("borough-d.jobs"),
                programme=place,
                stage=OutcomeStage.RECORDED,
            ),
            area=Area(borough=place),
            progress=Progress(category=place, code=place, employer=place),
        )
    )

    assert place not in fact
    assert (fact.programme, fact.borough, fact.outcome_category, fact.outcome_code) == (None,) * 4


def test_a_code_of_a_list_is_kept() -> None:
    """A programme that runs in many boroughs, and a step on the way."""
    fact = kept(
        make_outcome(
            participation=OutcomeParticipation(
                service_id=ServiceId("borough-d.jobs"),
                programme="Connect to Work",
                stage=OutcomeStage.RECORDED,
            ),
            progress=Progress(category="INT", code="first-interview"),
        )
    )

    assert (fact.programme, fact.outcome_category, fact.outcome_code) == (
        "Connect to Work",
        "INT",
        "first-interview",
    )
