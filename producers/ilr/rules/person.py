"""Rules about who a learner is. Each function yields the lines where its rule is broken."""

import re
from collections.abc import Iterator
from typing import Final

from producers.ilr import codes
from producers.ilr.records import Learner
from producers.ilr.survey import Survey
from producers.ilr.years import age_on, first_day
from producers.official_numbers import NI_NUMBER, TEMPORARY_ULN, has_check_digit

_POSTCODE: Final = re.compile(r"([A-Z]{1,2})(?:[0-9]{1,2}|[0-9][A-Z]) [0-9][ABD-HJLNP-UW-Z]{2}")
_OLDEST_YEARS: Final = 115


def reference_repeats(learner: Learner, survey: Survey) -> Iterator[int]:
    """R_06: one learner for each reference. All who share one are at fault."""
    if learner.reference in survey.references:
        yield learner.line


def uln_repeats(learner: Learner, survey: Survey) -> Iterator[int]:
    """R_59: one learner for each ULN. All who share one are at fault."""
    if learner.uln in survey.ulns:  # the temporary one is not among them
        yield learner.line


def uln_check_digit(learner: Learner, _: Survey) -> Iterator[int]:
    """ULN_04 with DD01: the tenth digit is 10 less the weighted sum of the others modulo 11."""
    if learner.uln == TEMPORARY_ULN:
        return
    if not has_check_digit(learner.uln):
        yield learner.line


def ni_number_form(learner: Learner, _: Survey) -> Iterator[int]:
    """NINumber_01: two letters, some of which are never used, six digits, A to D or a space."""
    if learner.ni_number is not None and NI_NUMBER.fullmatch(learner.ni_number) is None:
        yield learner.line


def too_old(learner: Learner, survey: Survey) -> Iterator[int]:
    """DateOfBirth_04: under 115 when the teaching year starts."""
    start = first_day(survey.header.year)
    if learner.born_on is not None and age_on(start, learner.born_on) >= _OLDEST_YEARS:
        yield learner.line


def too_young(learner: Learner, survey: Survey) -> Iterator[int]:
    """DateOfBirth_27: born before the teaching year."""
    if learner.born_on is not None and learner.born_on >= first_day(survey.header.year):
        yield learner.line


def date_of_birth_missing(learner: Learner, _: Survey) -> Iterator[int]:
    """DateOfBirth_24: a learner with a ULN has a date of birth."""
    if learner.uln != TEMPORARY_ULN and learner.born_on is None:
        yield learner.line


def postcode_form(learner: Learner, _: Survey) -> Iterator[int]:
    """Postcode_15: an outward part such as A9, A99, AA9A, a space, a digit and two letters."""
    if _POSTCODE.fullmatch(learner.postcode) is None:
        yield learner.line


def postcode_area(learner: Learner, _: Survey) -> Iterator[int]:
    """Postcode_14, as far as it can be checked without the list of all postcodes.

    One whose letters are no postcode area cannot be on it. The unknown postcode is allowed.
    """
    match = _POSTCODE.fullmatch(learner.postcode)
    if (
        match
        and learner.postcode != codes.UNKNOWN_POSTCODE
        and match[1] not in codes.POSTCODE_AREAS
    ):
        yield learner.line


def condition_ended(learner: Learner, _: Survey) -> Iterator[int]:
    """LLDDCat_02: the category was still open at the earliest start of any aim (DD06)."""
    for condition in learner.conditions:
        valid_to = codes.CONDITION_VALID_TO.get(condition.category)
        if valid_to is not None and learner.first_start_on > valid_to:
            yield condition.line
