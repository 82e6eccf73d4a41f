"""A learner's data as the blocks of an event. A block of which nothing is known is None."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from producers.ilr import codes
from producers.ilr.records import Learner, LearningDelivery
from producers.ilr.rules.employment import status_on
from producers.official_numbers import TEMPORARY_ULN
from schemas.blocks import (
    Area,
    Background,
    Block,
    Contact,
    Equality,
    Health,
    Identity,
    Justice,
    Money,
    Needs,
)

BoroughOf = Callable[[str], str | None]
"""Names the borough of a postcode, or None. The bus has no list of postcodes: the caller may."""

_OUTWARD: Final = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?) [0-9][A-Z]{2}")
_Block = TypeVar("_Block", bound=Block)


def identity(learner: Learner) -> Identity:
    """Return who the learner is, without the temporary ULN, which identifies nobody."""
    return Identity(
        given_names=_text(learner.given_names),
        family_name=_text(learner.family_name),
        date_of_birth=learner.born_on,
        uln=None if learner.uln == TEMPORARY_ULN else str(learner.uln),
        ni_number=learner.ni_number,
    )


def contact(learner: Learner) -> Contact | None:
    """Return how to reach the learner.

    A learner who must not be contacted (RUI 3 to 5: severe illness, death) gets that flag and no
    telephone, e-mail or address, so that a recipient who misses the flag cannot err.
    """
    if any((wish.type, wish.code) in codes.DO_NOT_CONTACT for wish in learner.contact_preferences):
        return Contact(do_not_contact=True)
    return _filled(
        Contact(
            phone=_text(learner.phone),
            email=_text(learner.email),
            address=tuple(stripped for line in learner.address if (stripped := line.strip())),
            postcode=None if _is_unknown(learner.postcode) else _text(learner.postcode),
        )
    )


def area(learner: Learner, borough_of: BoroughOf) -> Area | None:
    """Return borough and postcode district, or None for an unknown postcode."""
    match = _OUTWARD.fullmatch(learner.postcode)
    if match is None or _is_unknown(learner.postcode):
        return None
    return Area(borough=borough_of(learner.postcode), postcode_district=match[1])


def background(learner: Learner, aim: LearningDelivery) -> Background | None:
    """Return work and attainment as they were when the aim started.

    PriorAttain (up to 2020-21) and PriorLevel are different code lists, and are never merged.
    """
    status = status_on(learner, aim.started_on)
    levels = [level for level in learner.prior_levels if level.on <= aim.started_on]
    latest = max(levels, key=lambda level: level.on, default=None)
    return _filled(
        Background(
            employment_status=_code(status.status) if status else None,
            employment_status_on=status.applies_on if status else None,
            unemployed_for=_code(status.code("LOU")) if status else None,
            employed_for=_code(status.code("LOE")) if status else None,
            prior_attain=_code(learner.prior_attain),
            prior_level=_code(latest.level) if latest else None,
        )
    )


def money(learner: Learner, aim: LearningDelivery) -> Money | None:
    """Return the benefit received when the aim started."""
    status = status_on(learner, aim.started_on)
    return _filled(Money(benefit_status=_code(status.code("BSI")) if status else None))


def needs(aim: LearningDelivery) -> Needs | None:
    """Return what is known of the household."""
    household = (int(code) for code in aim.codes("HHS") if code.isascii() and code.isdigit())
    return _filled(Needs(household=tuple(household)))


def health(learner: Learner, aim: LearningDelivery) -> Health | None:
    """Return health and disability, and a reason for leaving that is about them."""
    conditions = [known for known in learner.conditions if _code(known.category) is not None]
    is_private = aim.withdraw_reason in codes.WITHDRAWAL_OF_HEALTH_OR_PRIVATE_LIFE
    return _filled(
        Health(
            has_condition=_code(learner.has_condition),
            conditions=tuple(condition.category for condition in conditions),
            primary_condition=next((c.category for c in conditions if c.is_primary), None),
            withdrawal_reason=aim.withdraw_reason if is_private else None,
        )
    )


def equality(learner: Learner) -> Equality | None:
    """Return ethnicity and sex."""
    return _filled(Equality(ethnicity=_code(learner.ethnicity), sex=_text(learner.sex)))


def justice(aim: LearningDelivery) -> Justice | None:
    """Return custody as the aim shows it: its monitoring codes, or the reason for leaving."""
    monitoring = tuple(code for code in aim.codes("LDM") if code in codes.CUSTODY_MONITORING)
    if monitoring or aim.withdraw_reason == codes.WITHDRAWAL_IN_CUSTODY:
        return Justice(has_experience=True, codes=monitoring)
    return None


def _filled(block: _Block) -> _Block | None:
    return block if block != type(block)() else None


def _text(value: str | None) -> str | None:
    return (value.strip() or None) if value else None


def _code(value: int | None) -> int | None:
    """Return a code, or None for a negative one: the structure allows it, no list has it."""
    return value if value is not None and value >= 0 else None


def _is_unknown(postcode: str) -> bool:
    return postcode.strip() == codes.UNKNOWN_POSTCODE
