"""What somebody learns at the college: which course, from when to when, with what result."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from deploy.demo.people.dates import later
from deploy.demo.people.dice import weighted
from schemas.identifiers import ServiceId

ADULT_SKILLS_FUND: Final = 38
BOOTCAMP: Final = 37
"""Funding models, as the ILR numbers them."""

SERVICES: Final = {
    ADULT_SKILLS_FUND: ServiceId("college-c.adult-skills-fund"),
    BOOTCAMP: ServiceId("college-c.skills-bootcamps"),
}
"""The services under which an import of the college's return files its aims."""

COMPLETED, WITHDRAWN, BREAK = 2, 3, 6
"""The ILR's CompStatus of an aim that has ended."""

_ACHIEVED, _NOTHING_ACHIEVED = 1, 3
_FATE: Final = ((COMPLETED, 74), (WITHDRAWN, 18), (BREAK, 8))
_WHY_WITHDRAWN: Final = ((97, 30), (98, 30), (43, 15), (3, 13), (44, 12))
"""WithdrawReason. 3 and 44 speak of health and private life."""
_GRADE: Final = "PA"
_ACHIEVES_SHARE: Final = 0.85
_JOB_OFFER_SHARE: Final = 0.55
_SECOND_COURSE_SHARE: Final = 0.15
_LEAVES_AFTER_DAYS: Final = 10


class Course(NamedTuple):
    """A course. `aim` stands in for a LearnAimRef and is in no register of qualifications."""

    aim: str
    title: str
    weeks: int
    hours: int
    funding: int = ADULT_SKILLS_FUND


_COURSES: Final = (
    (Course("Z9000011", "English for work", 20, 120), 26),
    (Course("Z9000022", "Everyday maths", 16, 80), 16),
    (Course("Z9000033", "Digital skills", 10, 45), 18),
    (Course("Z9000044", "Adult care, level 2", 24, 160), 14),
    (Course("Z9000055", "Cooking for a living, level 1", 14, 90), 8),
    (Course("Z9000066", "Teaching assistant, level 2", 30, 180), 8),
    (Course("Z9000077", "Web developer", 13, 150, BOOTCAMP), 6),
    (Course("Z9000088", "Heat pump fitter", 12, 140, BOOTCAMP), 4),
)


@dataclass(frozen=True, slots=True)
class Study:
    """Somebody's time on one course, to its end, whenever that is. Codes are the ILR's.

    `offered_on` is the day of a job offer after a Skills Bootcamp.
    """

    course: Course
    started_on: date
    planned_end_on: date
    ended_on: date
    completion: int
    outcome: int
    withdraw_reason: int | None
    grade: str | None
    offered_on: date | None


def choose(chance: random.Random) -> tuple[Course, ...]:
    """Return the courses that suit somebody: one, or two side by side."""
    first = weighted(chance, _COURSES)
    second = weighted(chance, _COURSES)
    fits = first.funding == second.funding == ADULT_SKILLS_FUND and first != second
    wants = chance.random() < _SECOND_COURSE_SHARE
    return (first, second) if fits and wants else (first,)


def study(
    chance: random.Random, courses: tuple[Course, ...], started_on: date
) -> tuple[Study, ...]:
    """Return somebody's time on these courses from that day."""
    return tuple(_take(chance, course, started_on) for course in courses)


def _take(chance: random.Random, course: Course, started_on: date) -> Study:
    planned_end_on = started_on + timedelta(weeks=course.weeks)
    completion = weighted(chance, _FATE)
    if completion == COMPLETED:
        ended_on = later(chance, planned_end_on, -3, 10)
    else:
        ended_on = later(chance, started_on, _LEAVES_AFTER_DAYS, course.weeks * 7 - 7)
    achieves = completion == COMPLETED and chance.random() < _ACHIEVES_SHARE
    gets_offer = achieves and course.funding == BOOTCAMP and chance.random() < _JOB_OFFER_SHARE
    return Study(
        course=course,
        started_on=started_on,
        planned_end_on=planned_end_on,
        ended_on=ended_on,
        completion=completion,
        outcome=_ACHIEVED if achieves else _NOTHING_ACHIEVED,
        withdraw_reason=weighted(chance, _WHY_WITHDRAWN) if completion == WITHDRAWN else None,
        grade=_GRADE if achieves and course.funding != BOOTCAMP else None,
        offered_on=later(chance, ended_on, 0, 60) if gets_offer else None,
    )
