from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from consent_ledger.agreements.services import load_services
from deploy.demo.people.dates import AS_OF, FIRST_DAY
from deploy.demo.people.history import history
from deploy.demo.people.journeys import journey_of
from deploy.demo.people.person import people
from schemas.blocks import Progress
from schemas.codec import encode, to_event
from schemas.events import (
    Enrolment,
    EnrolmentStage,
    Event,
    Outcome,
    OutcomeStage,
    Referral,
    ReferralStage,
)
from schemas.identifiers import new_passport_number

MANY = people(1_000)
NUMBERS = {one.number: new_passport_number() for one in MANY}
HISTORIES = {one.number: history(one, NUMBERS[one.number]) for one in MANY}
EVENTS = [event for events in HISTORIES.values() for event in events]
RECOVERY = "charity-b.recovery"
ORDER = list(ReferralStage)


def story(events: list[Event]) -> list[str]:
    """Return what the events tell, apart from whose they are and what their ids are."""
    own = {"event_id", "participant_id", "source"}
    return [event.model_dump_json(exclude=own) for event in events]


def test_the_same_seed_and_number_give_the_same_events() -> None:
    """Telling a story twice changes nothing, so publishing it twice does no harm."""
    for one in MANY[:50]:
        assert history(one, NUMBERS[one.number]) == HISTORIES[one.number]


def test_the_story_follows_the_person_and_the_ids_follow_the_participant() -> None:
    """Numbers are issued anew in each run: the story stays, and no event id is used twice."""
    for one in MANY[:50]:
        again = history(one, new_passport_number())

        assert story(again) == story(HISTORIES[one.number])
        ours = {event.event_id for event in HISTORIES[one.number]}
        assert not ours & {event.event_id for event in again}


def test_another_seed_tells_other_stories() -> None:
    """The seed decides what happens as well as to whom."""
    other = [story(history(one, NUMBERS[one.number], seed=99)) for one in MANY[:50]]

    assert other != [story(HISTORIES[one.number]) for one in MANY[:50]]


def test_every_event_can_be_sent_and_read_back() -> None:
    """The schemas take all of it."""
    for event in EVENTS[:400]:
        assert to_event(encode(event)) == event


def test_no_event_id_stands_for_two_events() -> None:
    """One id is one event of one participant; revisions count up from 1."""
    by_id = defaultdict(list)
    for event in EVENTS:
        by_id[event.event_id].append(event)

    for events in by_id.values():
        assert len({(type(one), one.participant_id, one.provider_id) for one in events}) == 1
        assert [one.revision for one in events] == list(range(1, len(events) + 1))


def test_events_come_in_the_order_of_recording_and_not_from_the_future() -> None:
    """Nothing is recorded before it occurred, before the year, or after the day of the telling."""
    for events in HISTORIES.values():
        assert all(a.recorded_at <= b.recorded_at for a, b in pairwise(events))
    for event in EVENTS:
        assert event.occurred_at <= event.recorded_at
        assert FIRST_DAY <= event.occurred_at.date() <= AS_OF
        assert event.occurred_at.weekday() < 5


def test_an_earlier_day_gives_the_beginning_of_the_same_story() -> None:
    """A telling as of a day holds what the full one holds until then."""
    day = date(2026, 1, 31)
    for one in MANY[:100]:
        until = [e for e in HISTORIES[one.number] if e.recorded_at.date() <= day]

        assert history(one, NUMBERS[one.number], as_of=day) == until


def test_every_service_is_one_of_the_shipped_ones() -> None:
    """A service that is not listed counts as sensitive, so a slip here would hide its events."""
    path = Path(__file__).parents[3] / "deploy" / "services.yaml"
    listed = {one.id for one in load_services(path).services}

    assert {event.participation.service_id for event in EVENTS} <= listed


def test_each_provider_tells_what_is_its_own_to_tell() -> None:
    """Who refers tells the request and its withdrawal; who receives tells the rest."""
    for event in EVENTS:
        receiver = event.participation.service_id.partition(".")[0]
        if isinstance(event, Referral) and event.participation.stage in {
            ReferralStage.REQUESTED,
            ReferralStage.WITHDRAWN,
        }:
            assert event.provider_id != receiver
        else:
            assert event.provider_id == receiver


def test_a_referral_goes_one_step_at_a_time() -> None:
    """It is requested first and answered once, and no appointment follows a refusal."""
    by_ref = defaultdict(list)
    for event in EVENTS:
        if isinstance(event, Referral):
            by_ref[event.referral_ref].append(event)

    assert len(by_ref) > 500
    for steps in by_ref.values():
        stages = [step.participation.stage for step in steps]
        assert stages[0] is ReferralStage.REQUESTED
        assert [ORDER.index(stage) for stage in stages if stage not in TWICE_MET] == sorted(
            {ORDER.index(stage) for stage in stages if stage not in TWICE_MET}
        )
        answers = {ReferralStage.ACCEPTED, ReferralStage.DECLINED, ReferralStage.WITHDRAWN}
        assert len(answers & set(stages)) <= 1
        if ReferralStage.ACCEPTED not in stages:
            assert not {ReferralStage.CONTACT_ATTENDED, ReferralStage.CONTACT_MISSED} & set(stages)
        assert len({step.participation.service_id for step in steps}) == 1


TWICE_MET = {ReferralStage.CONTACT_ATTENDED, ReferralStage.CONTACT_MISSED, ReferralStage.CLOSED}
"""Stages in either order: after a missed appointment one may be kept."""


def test_an_acceptance_names_the_appointment() -> None:
    """The person is told where to be and when; the next step is on that day."""
    accepted = [
        event
        for event in EVENTS
        if isinstance(event, Referral) and event.participation.stage is ReferralStage.ACCEPTED
    ]

    assert accepted
    for event in accepted:
        at = event.participation.appointment_at
        assert at is not None
        assert at > event.occurred_at


def test_referrals_go_as_they_do_in_life() -> None:
    """About three in four are accepted, some are declined, and some wait for an answer."""
    stages = Counter(e.participation.stage for e in EVENTS if isinstance(e, Referral))
    asked = stages[ReferralStage.REQUESTED]

    assert 0.65 < stages[ReferralStage.ACCEPTED] / asked < 0.85
    assert 0.04 < stages[ReferralStage.DECLINED] / asked < 0.15
    assert 0.02 < stages[ReferralStage.WITHDRAWN] / asked < 0.11
    assert stages[ReferralStage.ACKNOWLEDGED] < asked
    assert stages[ReferralStage.CONTACT_MISSED] > 0


def test_an_end_repeats_the_answers_of_the_start() -> None:
    """A higher revision replaces the lower one, so what it left out would be lost."""
    starts = {
        e.event_id: e
        for e in EVENTS
        if isinstance(e, Enrolment) and e.participation.stage is EnrolmentStage.STARTED
    }
    ends = [e for e in EVENTS if isinstance(e, Enrolment) and e.revision == 2]

    assert ends
    for end in ends:
        start = starts[end.event_id]
        assert end.participation.ended_on is not None
        assert end.participation.started_on == start.participation.started_on
        for block in ("identity", "contact", "needs", "health", "wellbeing", "notes"):
            assert getattr(end, block) == getattr(start, block)


def test_a_job_that_lasts_is_sustained_and_one_that_does_not_has_ended() -> None:
    """The revisions of a job say how it goes; pay and hours stay with it."""
    jobs: defaultdict[str, list[tuple[Outcome, Progress]]] = defaultdict(list)
    for event in EVENTS:
        if isinstance(event, Outcome) and event.progress and event.progress.category == "EMP":
            jobs[event.event_id].append((event, event.progress))

    assert len(jobs) > 100
    for revisions in jobs.values():
        first, job = revisions[0]
        assert first.participation.stage is OutcomeStage.RECORDED
        for one, progress in revisions:
            assert one.money
            assert progress.hours_per_week
            assert (progress.hours_per_week, progress.code) == (job.hours_per_week, job.code)
            weeks = one.participation.sustained_weeks
            assert (weeks is None) == (one.participation.stage is not OutcomeStage.SUSTAINED)
            if weeks:
                assert progress.effective_from is not None
                lasted = one.occurred_at.date() - progress.effective_from
                assert lasted >= timedelta(weeks=weeks)
            is_over = one.participation.stage is OutcomeStage.ENDED
            assert (progress.effective_to is not None) == is_over
            assert (progress.code in {"1", "4"}) == (progress.hours_per_week >= 16)


def test_interim_outcomes_and_answers_are_among_them() -> None:
    """What comes before a job is told too, and how good the job is afterwards."""
    reached = Counter(e.progress.category for e in EVENTS if isinstance(e, Outcome) and e.progress)
    items = {a.instrument for e in EVENTS if e.wellbeing for a in e.wellbeing.answers}

    assert {"EMP", "INT", "VOL", "GWK", "NPE"} <= reached.keys()
    assert items == {"ons-4", "good-work"}
    for event in EVENTS:
        for answer in event.wellbeing.answers if event.wellbeing else ():
            assert answer.scale_min <= answer.score <= answer.scale_max


def test_nothing_outside_the_recovery_service_tells_of_it() -> None:
    """Somebody known to recovery alone is in no other record of the charity, and no credit."""
    seen = 0
    for one in MANY:
        told = journey_of(one)
        charity = {stay.service_id for stay in told.stays if stay.provider_id == "charity-b"}
        if charity != {RECOVERY}:
            continue
        seen += 1
        for event in HISTORIES[one.number]:
            if event.participation.service_id == RECOVERY:
                continue
            words = event.model_dump_json().lower()
            assert "recovery" not in words
            if event.progress:
                helpers = {each.provider_id for each in event.progress.contributors}
                assert "charity-b" not in helpers
                assert event.progress.code != "mental-health-support"

    assert seen > 10


def test_the_one_who_only_takes_a_course_has_no_history() -> None:
    """Their story is in the college's return."""
    alone = [one for one in MANY if not journey_of(one).legs and not journey_of(one).stays]

    assert alone
    assert all(HISTORIES[one.number] == [] for one in alone)
    assert all(journey_of(one).door == "college-c" and journey_of(one).study for one in alone)


def test_no_event_names_the_person_outside_identity_and_contact() -> None:
    """Names and numbers stand in the blocks that can be closed, and nowhere else."""
    for one in MANY[:200]:
        for event in HISTORIES[one.number]:
            rest = event.model_dump_json(exclude={"identity", "contact", "participant_id"})
            for secret in (one.family_name, one.ni_number, one.uln, one.email, one.phone):
                assert secret is None or secret not in rest


def test_the_charity_asks_for_no_number() -> None:
    """A number that was not asked for cannot leak."""
    for event in EVENTS:
        if event.provider_id == "charity-b" and event.identity:
            assert event.identity.ni_number is None
