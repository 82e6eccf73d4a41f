from datetime import UTC, datetime, timedelta

from consumers.changes import Upsert, latest_changes
from consumers.passport.event_facts import PassportFact, facts_of
from consumers.passport.view import (
    Passport,
    build,
    see_all_that_is_held,
    see_nothing,
)
from schemas.blocks import Contact, Health, Identity, Needs
from schemas.categories import Category, Mask, mask_of
from schemas.events import EnrolmentStage, Event, OutcomeParticipation, OutcomeStage
from schemas.identifiers import ProviderId, ServiceId, new_passport_number
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.out_trays import out_record

SOMEBODY = new_passport_number()
MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


def facts(*events: Event) -> list[PassportFact]:
    """Return the facts of events that arrived in this order."""
    changes = latest_changes(out_record(event) for event in events)
    return [fact for one in changes if isinstance(one, Upsert) for fact in facts_of(one)]


def passport(*events: Event) -> Passport:
    """Return the whole passport that events make."""
    return build(SOMEBODY, facts(*events), see_all_that_is_held)


def test_a_value_names_its_source() -> None:
    """Each value says which event of which provider it is from, and when that was."""
    event = make_referral(
        ServiceId("college-c.maths"),
        participant_id=SOMEBODY,
        provider_id="borough-d",
        occurred_at=MONDAY,
    )

    phone = passport(event).value_of(Category.CONTACT, "phone")

    assert phone is not None
    assert phone.last.value == "020 7946 0123"
    assert phone.last.event_id == event.event_id
    assert phone.last.event == "referral"
    assert phone.last.provider_id == "borough-d"
    assert phone.last.service_id == "college-c.maths"
    assert phone.last.observed_at == MONDAY


def test_the_last_observed_value_counts_however_they_arrive() -> None:
    """An old event that comes late does not push a newer value out."""
    newer = make_referral(
        participant_id=SOMEBODY, occurred_at=TUESDAY, contact=Contact(phone="new")
    )
    older = make_enrolment(
        participant_id=SOMEBODY, occurred_at=MONDAY, contact=Contact(phone="old", email="a@b.org")
    )

    for arrived in ([newer, older], [older, newer]):
        held = passport(*arrived)
        phone = held.value_of(Category.CONTACT, "phone")
        email = held.value_of(Category.CONTACT, "email")

        assert phone is not None
        assert phone.last.value == "new"
        assert email is not None
        assert email.last.value == "a@b.org"


def test_values_observed_at_the_same_moment_are_settled_the_same_way_each_time() -> None:
    """Order of arrival settles nothing, so a replay gives the same passport."""
    events = [
        make_referral(
            participant_id=SOMEBODY,
            occurred_at=MONDAY,
            provider_id=provider,
            contact=Contact(phone=provider),
        )
        for provider in ("college-c", "borough-d", "charity-b")
    ]

    assert passport(*events) == passport(*reversed(events))


def test_providers_that_differ_on_identity_are_flagged() -> None:
    """The last value is shown with everybody who says otherwise; nothing is merged."""
    college = make_enrolment(
        participant_id=SOMEBODY,
        provider_id="college-c",
        occurred_at=MONDAY,
        identity=Identity(family_name="Nwosu", given_names="Ada"),
    )
    borough = make_referral(
        participant_id=SOMEBODY,
        provider_id="borough-d",
        occurred_at=TUESDAY,
        identity=Identity(family_name="Smith", given_names=" ADA "),
    )

    held = passport(college, borough)
    family_name = held.value_of(Category.IDENTITY, "family_name")
    given_names = held.value_of(Category.IDENTITY, "given_names")

    assert family_name is not None
    assert family_name.last.value == "Smith"
    assert family_name.is_in_conflict
    assert [(one.provider_id, one.value) for one in family_name.differing] == [
        ("college-c", "Nwosu")
    ]
    assert given_names is not None
    assert not given_names.is_in_conflict, "case and spaces are no difference"


def test_a_provider_that_corrects_itself_is_in_no_conflict() -> None:
    """One provider's older spelling is history, not a disagreement."""
    events = [
        make_referral(
            participant_id=SOMEBODY, occurred_at=moment, identity=Identity(family_name=name)
        )
        for moment, name in ((MONDAY, "Nwosa"), (TUESDAY, "Nwosu"))
    ]

    family_name = passport(*events).value_of(Category.IDENTITY, "family_name")

    assert family_name is not None
    assert family_name.last.value == "Nwosu"
    assert not family_name.is_in_conflict


def test_differences_outside_identity_are_the_course_of_life() -> None:
    """A new telephone number is no conflict."""
    events = [
        make_referral(
            participant_id=SOMEBODY,
            provider_id=provider,
            occurred_at=moment,
            contact=Contact(phone=provider),
        )
        for moment, provider in ((MONDAY, "college-c"), (TUESDAY, "borough-d"))
    ]

    phone = passport(*events).value_of(Category.CONTACT, "phone")

    assert phone is not None
    assert not phone.is_in_conflict


def test_what_is_unknown_is_no_value() -> None:
    """Neither a null nor an empty list hides what an earlier event said."""
    full = make_referral(
        participant_id=SOMEBODY, occurred_at=MONDAY, needs=Needs(goals=("office work",))
    )
    empty = make_referral(participant_id=SOMEBODY, occurred_at=TUESDAY, needs=Needs())

    goals = passport(full, empty).value_of(Category.NEEDS, "goals")

    assert goals is not None
    assert goals.last.value == ["office work"]


def test_what_was_entered_in_error_is_in_the_story_and_gives_no_value() -> None:
    """Its provider took it back: neither its phone number nor its job is the person's."""
    kept = make_referral(
        participant_id=SOMEBODY, occurred_at=MONDAY, contact=Contact(phone="theirs")
    )
    mistaken = make_outcome(
        participant_id=SOMEBODY,
        occurred_at=TUESDAY,
        participation=OutcomeParticipation(
            service_id=ServiceId("borough-d.jobs"), stage=OutcomeStage.ENTERED_IN_ERROR
        ),
        contact=Contact(phone="somebody else's"),
    )

    seen = passport(kept, mistaken)

    phone = seen.value_of(Category.CONTACT, "phone")
    assert phone is not None
    assert (phone.last.value, phone.differing) == ("theirs", ())
    step = seen.story[-1]
    assert step.facts.keys() == {Category.PARTICIPATION}
    assert step.facts[Category.PARTICIPATION]["stage"] == "entered_in_error"


def test_the_story_is_told_in_time_order() -> None:
    """Referral, enrolment and outcome follow by when they happened, with what they say."""
    outcome = make_outcome(participant_id=SOMEBODY, occurred_at=TUESDAY)
    enrolment = make_enrolment(
        participant_id=SOMEBODY, occurred_at=MONDAY, stage=EnrolmentStage.STARTED
    )
    referral = make_referral(participant_id=SOMEBODY, occurred_at=MONDAY - timedelta(days=9))

    story = passport(outcome, enrolment, referral).story

    assert [step.event for step in story] == ["referral", "enrolment", "outcome"]
    assert story[0].facts[Category.PARTICIPATION]["referral_ref"] == referral.referral_ref
    assert story[1].facts[Category.PARTICIPATION]["started_on"] == "2026-05-01"
    assert story[2].facts[Category.PROGRESS]["employer"] == "Sample Ltd"
    assert Category.IDENTITY not in story[0].facts


def test_who_is_not_named_sees_nothing() -> None:
    """Without a rule that opens something there is neither a value nor a step."""
    held = build(SOMEBODY, facts(make_referral(participant_id=SOMEBODY)), see_nothing)

    assert held == Passport(participant_id=SOMEBODY, values=(), story=())


def test_only_open_categories_are_seen() -> None:
    """Of an event that may be seen, closed categories are left out altogether."""

    def contact_of_the_borough(provider_id: ProviderId, _event: str, _service_id: str) -> Mask:
        if provider_id != "borough-d":
            return Mask(0)
        return mask_of([Category.PARTICIPATION, Category.CONTACT])

    held = build(
        SOMEBODY,
        facts(
            make_referral(participant_id=SOMEBODY, provider_id="borough-d"),
            make_referral(participant_id=SOMEBODY, provider_id="charity-b"),
        ),
        contact_of_the_borough,
    )

    assert {value.category for value in held.values} == {Category.CONTACT}
    assert {value.last.provider_id for value in held.values} == {"borough-d"}
    assert [set(step.facts) for step in held.story] == [{Category.PARTICIPATION}]


def test_without_participation_nothing_is_seen() -> None:
    """A mask that lacks the gate opens nothing, whatever else it holds."""

    def everything_but_the_gate(_provider_id: str, _event: str, _service_id: str) -> Mask:
        return mask_of(set(Category) - {Category.PARTICIPATION})

    held = build(SOMEBODY, facts(make_referral(participant_id=SOMEBODY)), everything_but_the_gate)

    assert held.values == ()
    assert held.story == ()


def test_a_conflict_never_shows_what_may_not_be_seen() -> None:
    """A provider whose events are closed to the reader does not appear as one who differs."""
    seen = make_referral(
        participant_id=SOMEBODY, provider_id="borough-d", identity=Identity(family_name="Nwosu")
    )
    closed = make_referral(
        participant_id=SOMEBODY, provider_id="charity-b", identity=Identity(family_name="Smith")
    )

    held = build(
        SOMEBODY,
        facts(seen, closed),
        lambda provider, _event, _service: (
            mask_of(Category) if provider == "borough-d" else Mask(0)
        ),
    )
    family_name = held.value_of(Category.IDENTITY, "family_name")

    assert family_name is not None
    assert not family_name.is_in_conflict


def test_a_passport_goes_to_json_and_back() -> None:
    """What the command prints with --json is the whole passport."""
    held = passport(
        make_referral(participant_id=SOMEBODY, health=Health(has_condition=1, conditions=(4, 9))),
        make_outcome(participant_id=SOMEBODY),
    )

    assert Passport.model_validate_json(held.model_dump_json()) == held
