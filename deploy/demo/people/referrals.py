"""How a referral goes: asked, answered or not, and whether the person keeps the appointment."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from deploy.demo.people.dates import later
from deploy.demo.people.dice import weighted
from schemas.decline_reasons import DeclineReason
from schemas.events import ReferralStage
from schemas.identifiers import ALPHABET, ProviderId, ServiceId, is_referral_ref

_SEEN_THOUGH_UNANSWERED_SHARE: Final = 0.5
_MANDATORY_SHARE: Final = 0.4
_FATE: Final = (
    (ReferralStage.ACCEPTED, 76),
    (ReferralStage.DECLINED, 9),
    (ReferralStage.WITHDRAWN, 6),
    (None, 9),  # no answer: the referral that an adviser must chase
)
_WHY_DECLINED: Final = (
    (DeclineReason.NO_CAPACITY, 50),
    (DeclineReason.NOT_ELIGIBLE, 35),
    (DeclineReason.WRONG_AREA, 15),
)
_WHY_WITHDRAWN: Final = (("found-work", 40), ("changed-mind", 60))
_COMES_SHARE: Final = 0.76
_COMES_SECOND_TIME_SHARE: Final = 0.6
_BODY: Final = 9


class ReferralStep(NamedTuple):
    """One thing that happened to a referral. `reason` is a code, where it was not declined."""

    stage: ReferralStage
    on: date
    reason: str | None = None
    decline_reason: DeclineReason | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One referral, from the provider that sends to a service.

    `attended_on` is the day of the first appointment that was kept, if one was.
    """

    sender: ProviderId
    service_id: ServiceId
    ref: str
    is_mandatory: bool | None
    steps: tuple[ReferralStep, ...]
    attended_on: date | None

    @property
    def receiver(self) -> ProviderId:
        """The provider of the service."""
        return provider_of(self.service_id)


def provider_of(service_id: ServiceId) -> ProviderId:
    """Return a service's provider."""
    return ProviderId(service_id.partition(".")[0])


def refer(chance: random.Random, sender: ProviderId, service_id: ServiceId, on: date) -> Leg:
    """Return a referral to a service on a day, with what comes of it."""
    steps = tuple(_steps(chance, on))
    kept = (step.on for step in steps if step.stage is ReferralStage.CONTACT_ATTENDED)
    return Leg(
        sender=sender,
        service_id=service_id,
        ref=_reference(chance),
        is_mandatory=chance.random() < _MANDATORY_SHARE if sender == "jobcentre-e" else None,
        steps=steps,
        attended_on=next(kept, None),
    )


def _steps(chance: random.Random, on: date) -> Iterator[ReferralStep]:
    yield ReferralStep(ReferralStage.REQUESTED, on)
    seen_on = later(chance, on, 1, 3)
    fate = weighted(chance, _FATE)
    if fate is not None or chance.random() < _SEEN_THOUGH_UNANSWERED_SHARE:
        yield ReferralStep(ReferralStage.ACKNOWLEDGED, seen_on)
    answered_on = later(chance, seen_on, 1, 10)
    if fate is ReferralStage.DECLINED:
        why = weighted(chance, _WHY_DECLINED)
        yield ReferralStep(fate, answered_on, decline_reason=why)
    elif fate is ReferralStage.WITHDRAWN:
        yield ReferralStep(fate, answered_on, weighted(chance, _WHY_WITHDRAWN))
    elif fate is ReferralStage.ACCEPTED:
        yield ReferralStep(fate, answered_on)
        yield from _appointments(chance, later(chance, answered_on, 3, 14))


def _appointments(chance: random.Random, on: date) -> Iterator[ReferralStep]:
    if chance.random() < _COMES_SHARE:
        yield ReferralStep(ReferralStage.CONTACT_ATTENDED, on)
        return
    yield ReferralStep(ReferralStage.CONTACT_MISSED, on, "no-word")
    second_on = later(chance, on, 5, 10)
    if chance.random() < _COMES_SECOND_TIME_SHARE:
        yield ReferralStep(ReferralStage.CONTACT_ATTENDED, second_on)
    else:
        yield ReferralStep(ReferralStage.CLOSED, second_on, "no-contact")


def _reference(chance: random.Random) -> str:
    """Return a referral reference; a few bodies in 37 have no letter or digit as their check."""
    while True:
        body = "R" + "".join(chance.choices(ALPHABET, k=_BODY))
        for check in ALPHABET:
            if is_referral_ref(body + check):
                return body + check
