"""Chapter 4: Rosa is referred, enrols without telling her story again, and finds a job."""

from datetime import UTC, date, datetime
from typing import Final

from pydantic import JsonValue
from sqlalchemy import Connection

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.access import named_agreements_of
from consent_ledger.consent.changes import ALL, Grant
from consent_ledger.consent.consent import apply
from consent_ledger.consent.standings import standings_of
from consent_ledger.register.answered import RegisteredPerson
from consumers.passport.form import FilledForm, Question, fill
from consumers.passport.forms.known_forms import STANDARD, form_of
from consumers.passport.organisation import as_organisation
from consumers.passport.view import see_all_that_is_held, view
from deploy.demo.people import blocks
from deploy.demo.people.journeys import BOROUGH, COLLEGE, JOBS
from deploy.demo.people.studies import ADULT_SKILLS_FUND, SERVICES
from deploy.demo.story.answers import answered_blocks, true_answer
from deploy.demo.story.outcome_card import show_outcome
from deploy.demo.story.participant_publisher import ParticipantPublisher
from deploy.demo.story.rosa import ROSA
from deploy.demo.story.stage import Stage, StoryError
from deploy.programs.read_trays import PASSPORT_AGREEMENT
from schemas.blocks import Block, Contributor, Money, Progress
from schemas.categories import Category, categories_of
from schemas.events import (
    Enrolment,
    EnrolmentParticipation,
    EnrolmentStage,
    Outcome,
    OutcomeParticipation,
    OutcomeStage,
    Referral,
    ReferralParticipation,
    ReferralStage,
)
from schemas.identifiers import AgreementId, PassportNumber, new_referral_ref

SUPPORT: Final = AgreementId("borough-d.support")
OUTCOMES: Final = AgreementId("college-c.outcomes")
COURSE: Final = SERVICES[ADULT_SKILLS_FUND]

_KEPT_OUT_OF_PASSPORT: Final = frozenset({Category.EQUALITY, Category.MONEY})
_CAME_ON: Final = date(2026, 2, 2)
_REFERRED_ON: Final = date(2026, 2, 9)
_ANSWERED_ON: Final = date(2026, 2, 11)
_APPOINTMENT_AT: Final = datetime(2026, 2, 16, 10, tzinfo=UTC)
_STARTED_ON: Final = date(2026, 2, 23)
_FINISHED_ON: Final = date(2026, 5, 29)
_IN_WORK_ON: Final = date(2026, 6, 8)


def follow_rosa(stage: Stage) -> None:
    """Play Rosa's story up to the job."""
    stage.rosa = _come_to_the_borough(stage)
    publisher = ParticipantPublisher(stage, ROSA.number, stage.rosa)
    publisher.publish(
        Enrolment,
        BOROUGH,
        _CAME_ON,
        participation=EnrolmentParticipation(
            service_id=JOBS, stage=EnrolmentStage.STARTED, started_on=_CAME_ON
        ),
        **_true_blocks(_CAME_ON),
    )
    _say_yes(stage)
    ref = _refer(stage, publisher)
    _enrol(stage, publisher, ref)
    _find_work(stage, publisher)


def _come_to_the_borough(stage: Stage) -> PassportNumber:
    with stage.hub.ledger.begin() as tx:
        answer = stage.hub.register.register(
            tx, BOROUGH, blocks.identity(ROSA), contact=blocks.contact(ROSA)
        )
    if not isinstance(answer, RegisteredPerson):
        raise StoryError("Rosa was taken for another person.")
    stage.closing.participants += 1
    stage.screen.say(
        f"{ROSA.given_names} {ROSA.family_name}, made up like everybody here, comes to"
        f" {stage.provider_name(BOROUGH)}. She gets the passport number {answer.participant_id} and"
        " tells her story, once."
    )
    return answer.participant_id


def _true_blocks(on: date) -> dict[str, Block]:
    """Return everything that the borough's form asks."""
    answers = (
        blocks.identity(ROSA),
        blocks.contact(ROSA),
        blocks.area(ROSA),
        blocks.background(ROSA, on),
        blocks.needs(ROSA),
        blocks.health(ROSA),
        blocks.equality(ROSA),
        blocks.money(ROSA),
    )
    return {type(block).__name__.lower(): block for block in answers if block is not None}


def _say_yes(stage: Stage) -> None:
    asked = categories_of(stage.agreements[PASSPORT_AGREEMENT].consent_mask)
    in_passport = frozenset(asked) - frozenset(_KEPT_OUT_OF_PASSPORT)
    outcomes = frozenset({Category.PARTICIPATION, Category.PROGRESS})
    with stage.hub.ledger.begin() as tx:
        apply(tx, Grant(number=stage.rosa, agreement=PASSPORT_AGREEMENT, categories=in_passport))
        apply(tx, Grant(number=stage.rosa, agreement=SUPPORT, categories=ALL))
        apply(tx, Grant(number=stage.rosa, agreement=OUTCOMES, categories=outcomes))
    stage.screen.say(
        f"She says yes to her job passport, without {_words(_KEPT_OUT_OF_PASSPORT)}; to"
        f" {stage.recipient_name(SUPPORT)}; and to {stage.recipient_name(OUTCOMES)}, which may see"
        " what she reaches, but not her name, date of birth or numbers."
    )


def _refer(stage: Stage, publisher: ParticipantPublisher) -> str:
    """Refer her to the college, which answers; return the referral's reference."""
    ref = new_referral_ref()
    publisher.publish(
        Referral,
        BOROUGH,
        _REFERRED_ON,
        referral_ref=ref,
        participation=ReferralParticipation(service_id=COURSE, stage=ReferralStage.REQUESTED),
        identity=blocks.identity(ROSA),
        contact=blocks.contact(ROSA),
        needs=blocks.needs(ROSA),
    )
    took = []
    for stage_of_answer, appointment_at in (
        (ReferralStage.ACKNOWLEDGED, None),
        (ReferralStage.ACCEPTED, _APPOINTMENT_AT),
    ):
        answer = publisher.publish(
            Referral,
            COLLEGE,
            _ANSWERED_ON,
            referral_ref=ref,
            participation=ReferralParticipation(
                service_id=COURSE, stage=stage_of_answer, appointment_at=appointment_at
            ),
        )
        took.append(publisher.arrived(stage.mirrors[SUPPORT], answer)[1])
    stage.screen.say(
        f"The council refers her to {stage.provider_name(COLLEGE)} under the reference {ref}. The"
        f" college acknowledges it and accepts it, with an appointment on"
        f" {_APPOINTMENT_AT:%d %B %Y at %H:%M}. Each answer is in the council's out-tray at once:"
        f" after {took[0]} and {took[1]} milliseconds."
    )
    return ref


def _enrol(stage: Stage, publisher: ParticipantPublisher, ref: str) -> None:
    """Fill the college's form from the passport, and publish the enrolment that it makes."""
    stage.settle()
    with stage.hub.engine.connect() as connection:
        held = view(connection, stage.hub.vault, stage.rosa, see_all_that_is_held)
        form = fill(form_of(STANDARD), held)
        unaided = _seen_by_college_only(stage, connection)
    truth = _true_blocks(_STARTED_ON) | {
        "identity": blocks.identity(ROSA).model_copy(update={"uln": ROSA.uln})
    }
    asked: dict[Question, JsonValue] = {
        to_ask.question: true_answer(to_ask.question, truth) for to_ask in form.to_ask
    }
    publisher.publish(
        Enrolment,
        COLLEGE,
        _STARTED_ON,
        referral_ref=ref,
        participation=EnrolmentParticipation(
            service_id=COURSE,
            stage=EnrolmentStage.STARTED,
            funding=ADULT_SKILLS_FUND,
            started_on=_STARTED_ON,
            planned_end_on=_FINISHED_ON,
        ),
        **answered_blocks(form, asked),
    )
    questions = len(form.reused) + len(form.to_ask)
    stage.closing.answers_reused = len(form.reused)
    stage.closing.answers_asked = len(form.to_ask)
    stage.screen.say(
        f"At the college's desk she opens her passport, and the enrolment form fills itself:"
        f" {len(form.reused)} of {questions} answers are reused, {len(form.to_ask)} have to be"
        " asked:"
    )
    stage.screen.table(
        ("Question", "why it is asked"),
        ((question.text, _why(question.category)) for question in asked),
    )
    stage.screen.say(
        f"Without her the college could have filled {len(unaided.reused)} of them: its agreement is"
        " about outcomes alone."
    )


def _seen_by_college_only(stage: Stage, connection: Connection) -> FilledForm:
    terms = read_agreements(connection)
    standings = standings_of(connection, [stage.rosa])[stage.rosa]
    held = named_agreements_of(COLLEGE, terms, standings)
    may_see = as_organisation(held, terms.is_sensitive, stage.hub.clock())
    return fill(form_of(STANDARD), view(connection, stage.hub.vault, stage.rosa, may_see))


def _find_work(stage: Stage, publisher: ParticipantPublisher) -> None:
    """Publish the job, and show what the college sees of it."""
    job = publisher.publish(
        Outcome,
        BOROUGH,
        _IN_WORK_ON,
        participation=OutcomeParticipation(service_id=JOBS, stage=OutcomeStage.RECORDED),
        money=Money(pay_pence=1_385, pay_period="hour"),
        progress=Progress(
            category="EMP",
            code="1",
            effective_from=_IN_WORK_ON,
            collected_on=_IN_WORK_ON,
            hours_per_week=24.0,
            contract_type="permanent",
            employer="Copper Kettle Cafes",
            evidence_level="employer",
            contributors=(
                Contributor(provider_id=BOROUGH, role="job brokerage"),
                Contributor(provider_id=COLLEGE, role="training"),
            ),
        ),
    )
    record, milliseconds = publisher.arrived(stage.mirrors[OUTCOMES], job)
    stage.screen.say(
        "In June she finds a job with the council's help. The college's own return cannot carry"
        f" that any more; its out-tray does, {milliseconds} milliseconds later. This is all that"
        " the college sees:"
    )
    show_outcome(stage, record)


def _why(category: Category) -> str:
    if category in _KEPT_OUT_OF_PASSPORT:
        return f"she keeps {category.value} out of her passport"
    return "nobody has told the passport"


def _words(categories: frozenset[Category]) -> str:
    return " and ".join(sorted(category.value for category in categories))
