"""Which doors somebody comes to, in which order, and what comes of it: told to its end.

What a college's return, a borough's and a charity's records say is all taken from here, so that
they fit together. Shares are rounded guesses, made so that every part of the bus has work.
"""

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from deploy.demo.people.dates import FIRST_DAY, LAST_FIRST_VISIT, later
from deploy.demo.people.dice import dice, weighted
from deploy.demo.people.jobs import Job, job
from deploy.demo.people.person import SEED, Person
from deploy.demo.people.referrals import Leg, refer
from deploy.demo.people.studies import SERVICES, Study, choose, study
from schemas.identifiers import ProviderId, ServiceId

COLLEGE: Final = ProviderId("college-c")
BOROUGH: Final = ProviderId("borough-d")
CHARITY: Final = ProviderId("charity-b")
JOBCENTRE: Final = ProviderId("jobcentre-e")

JOBS: Final = ServiceId("borough-d.jobs")
IN_WORK: Final = ServiceId("borough-d.in-work")
MENTORING: Final = ServiceId("charity-b.mentoring")
VOLUNTEERING: Final = ServiceId("charity-b.volunteering")
RECOVERY: Final = ServiceId("charity-b.recovery")
"""The sensitive one: that somebody uses it is special-category data."""

_DOOR: Final = ((COLLEGE, 34), (BOROUGH, 34), (CHARITY, 18), (JOBCENTRE, 14))
_CHARITY_SERVICE: Final = ((MENTORING, 58), (VOLUNTEERING, 24), (RECOVERY, 18))
_JOBCENTRE_SENDS_TO: Final = ((BOROUGH, 70), (COLLEGE, 30))
_BOROUGH_TO_COLLEGE_SHARE: Final = 0.55
_BOROUGH_TO_CHARITY_SHARE: Final = 0.3
_CHARITY_TO_BOROUGH_SHARE: Final = 0.5
_COLLEGE_TO_BOROUGH_SHARE: Final = 0.22
_JOB_SHARE: Final = 0.42
_LEAVES_SHARE: Final = 0.15
_STAY_DAYS: Final = (60, 270)


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's time with a service, to its end. `leaves` where they broke it off."""

    service_id: ServiceId
    started_on: date
    ended_on: date
    leaves: bool
    referral_ref: str | None

    @property
    def provider_id(self) -> ProviderId:
        """The provider of the service."""
        return ProviderId(self.service_id.partition(".")[0])


@dataclass(slots=True)
class Journey:
    """All that happens to one person. `door` is the provider they came to first.

    `study` holds the courses at the college, `study_ref` the referral that brought them there.
    """

    door: ProviderId
    came_on: date
    legs: list[Leg] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    study: tuple[Study, ...] = ()
    study_ref: str | None = None
    job: Job | None = None


def journey(person: Person, *, seed: int = SEED) -> Journey:
    """Return what happens to a person, the same each time."""
    chance = dice(seed, "journey", person.number)
    came_on = later(chance, FIRST_DAY, 0, (LAST_FIRST_VISIT - FIRST_DAY).days)
    told = Journey(weighted(chance, _DOOR), came_on)
    if told.door == COLLEGE:
        told.study = study(chance, choose(chance), later(chance, came_on, 3, 21))
        if chance.random() < _COLLEGE_TO_BOROUGH_SHARE:
            _send(chance, told, COLLEGE, BOROUGH, told.study[0].planned_end_on)
    elif told.door == BOROUGH:
        _stay_with_borough(chance, told, came_on, None)
    elif told.door == CHARITY:
        told.stays.append(_stay(chance, weighted(chance, _CHARITY_SERVICE), came_on, None))
        if chance.random() < _CHARITY_TO_BOROUGH_SHARE:
            _send(chance, told, CHARITY, BOROUGH, later(chance, came_on, 14, 60))
    else:
        _send(chance, told, JOBCENTRE, weighted(chance, _JOBCENTRE_SENDS_TO), came_on)
    if any(stay.service_id == JOBS for stay in told.stays) and chance.random() < _JOB_SHARE:
        told.job = job(chance, _ready_on(told))
    return told


def _send(
    chance: random.Random, told: Journey, sender: ProviderId, receiver: ProviderId, on: date
) -> None:
    """Refer somebody; where they keep the appointment, they stay with the service."""
    courses = choose(chance)
    if receiver == COLLEGE:
        service_id = SERVICES[courses[0].funding]
    else:
        service_id = JOBS if receiver == BOROUGH else weighted(chance, _CHARITY_SERVICE)
    leg = refer(chance, sender, service_id, on)
    told.legs.append(leg)
    if leg.attended_on is None:
        return
    if receiver == COLLEGE:
        told.study = study(chance, courses, later(chance, leg.attended_on, 3, 21))
        told.study_ref = leg.ref
        return
    joined_on = later(chance, leg.attended_on, 1, 10)
    if receiver == BOROUGH:
        _stay_with_borough(chance, told, joined_on, leg.ref)
    else:
        told.stays.append(_stay(chance, service_id, joined_on, leg.ref))


def _stay_with_borough(chance: random.Random, told: Journey, on: date, ref: str | None) -> None:
    """Stay with the borough's jobs service, which may send somebody on to others."""
    told.stays.append(_stay(chance, JOBS, on, ref))
    if not told.study and chance.random() < _BOROUGH_TO_COLLEGE_SHARE:
        _send(chance, told, BOROUGH, COLLEGE, later(chance, on, 3, 40))
    knows_charity = any(stay.provider_id == CHARITY for stay in told.stays)
    if not knows_charity and chance.random() < _BOROUGH_TO_CHARITY_SHARE:
        _send(chance, told, BOROUGH, CHARITY, later(chance, on, 3, 40))


def _stay(chance: random.Random, service_id: ServiceId, on: date, ref: str | None) -> Stay:
    return Stay(
        service_id=service_id,
        started_on=on,
        ended_on=later(chance, on, *_STAY_DAYS),
        leaves=chance.random() < _LEAVES_SHARE,
        referral_ref=ref,
    )


def _ready_on(told: Journey) -> date:
    """Return the day from which somebody looks for a job: after the course, if there is one."""
    stay = next(stay for stay in told.stays if stay.service_id == JOBS)
    return max([stay.started_on, *(one.ended_on for one in told.study)])
