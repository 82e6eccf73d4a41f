"""Two passports of one person beside each other, and together."""

from datetime import UTC, datetime, timedelta

from consumers.passport.conflicts import SharedService, conflicts_between, shared_services
from schemas.blocks import Background, Identity
from schemas.categories import Category
from schemas.events import EnrolmentStage
from schemas.identifiers import ServiceId
from tests.support.factories import make_enrolment, make_outcome
from tests.unit.consumers.test_passport_view import SOMEBODY, passport

MATHS = ServiceId("college-c.maths")
MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


def test_both_enrolled_on_one_course_one_attended_and_the_other_did_not() -> None:
    """Merged, the story tells both, each with its source."""
    attended = make_enrolment(
        MATHS, provider_id="college-c", occurred_at=MONDAY, participant_id=SOMEBODY
    )
    stayed_away = make_enrolment(
        MATHS,
        EnrolmentStage.WITHDRAWN,
        provider_id="charity-b",
        occurred_at=MONDAY + timedelta(days=1),
        participant_id=SOMEBODY,
    )

    story = passport(attended, stayed_away).story

    assert [step.facts[Category.PARTICIPATION]["stage"] for step in story] == [
        "started",
        "withdrawn",
    ]
    assert [step.provider_id for step in story] == ["college-c", "charity-b"]
    assert shared_services(passport(attended), passport(stayed_away)) == [
        SharedService(MATHS, {"enrolment": (1, 1)})
    ]


def test_nineteen_results_under_the_one_and_five_under_the_other_are_twenty_four() -> None:
    """None takes another's place, also of the same day and service."""
    days = (MONDAY + timedelta(days=number % 5) for number in range(24))
    results = [
        make_outcome(provider_id="borough-d", occurred_at=day, participant_id=SOMEBODY)
        for day in days
    ]

    (shared,) = shared_services(passport(*results[:19]), passport(*results[19:]))

    assert shared.events == {"outcome": (19, 5)}
    assert len(passport(*results).story) == 24


def test_what_two_say_differently_comes_with_both_sources() -> None:
    """Of who somebody is and of all else; case and spaces are no difference."""
    first = make_enrolment(
        provider_id="college-c",
        occurred_at=MONDAY,
        identity=Identity(given_names="Ada", family_name="Nwosu"),
        background=Background(prior_level=2),
        participant_id=SOMEBODY,
    )
    second = make_enrolment(
        provider_id="borough-d",
        occurred_at=MONDAY + timedelta(days=1),
        identity=Identity(given_names=" ADA", family_name="Nwosou"),
        background=Background(prior_level=3),
        participant_id=SOMEBODY,
    )

    found = conflicts_between(passport(first), passport(second))
    both = passport(first, second)

    told = {conflict.field: [value.value for value in conflict.values] for conflict in found}
    assert told == {"family_name": ["Nwosu", "Nwosou"], "prior_level": [2, 3]}
    name = both.value_of(Category.IDENTITY, "family_name")
    level = both.value_of(Category.BACKGROUND, "prior_level")
    assert name is not None
    assert level is not None
    assert [value.provider_id for value in name.differing] == ["college-c"]
    assert [value.value for value in level.differing] == [2]
    assert (name.is_in_conflict, level.is_in_conflict) == (True, False)
