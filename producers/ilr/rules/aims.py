"""Rules about a learner's aims. Each function yields the lines where its rule is broken."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from producers.ilr.codes import (
    ACHIEVED,
    AIM_OUTCOME,
    APPRENTICESHIP_STANDARD,
    BREAK,
    COMPLETION,
    CONTINUING,
    FUND_APPRENTICESHIPS,
    FUND_MODEL,
    NOT_FUNDED,
    NOT_YET_KNOWN,
    PROGRAMME_AIM,
    WITHDRAWN,
)
from producers.ilr.keys import uuid_of
from producers.ilr.records import Learner, LearningDelivery
from producers.ilr.survey import Survey

_EVENT_INDICATOR: Final = "EVI"
_EVENT_INDICATORS_FROM: Final = date(2025, 8, 1)


def sequence_repeats(learner: Learner, _: Survey) -> Iterator[int]:
    """R_07: one aim for each sequence number of a learner."""
    seen = set()
    for aim in learner.aims:
        if aim.sequence in seen:
            yield aim.line
        seen.add(aim.sequence)


def fund_model_unknown(learner: Learner, _: Survey) -> Iterator[int]:
    """FundModel_01: the funding model is one of the list."""
    return (aim.line for aim in learner.aims if aim.fund_model not in FUND_MODEL)


def completion_unknown(learner: Learner, _: Survey) -> Iterator[int]:
    """CompStatus_01: the completion status is one of the list."""
    return (aim.line for aim in learner.aims if aim.completion not in COMPLETION)


def ended_and_continues(learner: Learner, _: Survey) -> Iterator[int]:
    """CompStatus_02: an aim with an end date does not continue; apprenticeship programmes may."""
    return (
        aim.line
        for aim in learner.aims
        if aim.ended_on is not None
        and aim.completion == CONTINUING
        and not (aim.aim_type == PROGRAMME_AIM and _is_standard(aim))
    )


def stopped_undated(learner: Learner, _: Survey) -> Iterator[int]:
    """CompStatus_03: an aim without an end date continues."""
    return (
        aim.line for aim in learner.aims if aim.ended_on is None and aim.completion != CONTINUING
    )


def stopped_no_outcome(learner: Learner, _: Survey) -> Iterator[int]:
    """CompStatus_04: an aim without an outcome continues."""
    return (
        aim.line for aim in learner.aims if aim.outcome is None and aim.completion != CONTINUING
    )


def continues_with_outcome(learner: Learner, _: Survey) -> Iterator[int]:
    """CompStatus_05: an aim that continues has no outcome; standards and bootcamps may."""
    return (
        aim.line
        for aim in learner.aims
        if aim.completion == CONTINUING
        and aim.outcome is not None
        and not (_is_standard(aim) or aim.is_bootcamp)
    )


def stopped_and_achieved(learner: Learner, _: Survey) -> Iterator[int]:
    """CompStatus_06: an aim left or paused is neither achieved nor open; bootcamps may be."""
    return (
        aim.line
        for aim in learner.aims
        if aim.completion in {WITHDRAWN, BREAK}
        and aim.outcome in {ACHIEVED, NOT_YET_KNOWN}
        and not aim.is_bootcamp
    )


def outcome_unknown(learner: Learner, _: Survey) -> Iterator[int]:
    """Outcome_01: the outcome is one of the list."""
    return (
        aim.line
        for aim in learner.aims
        if aim.outcome is not None and aim.outcome not in AIM_OUTCOME
    )


def outcome_undated(learner: Learner, _: Survey) -> Iterator[int]:
    """Outcome_11: an aim with an outcome has an end date; bootcamps need not."""
    return (
        aim.line
        for aim in learner.aims
        if aim.outcome is not None and aim.ended_on is None and not aim.is_bootcamp
    )


def ended_no_outcome(learner: Learner, _: Survey) -> Iterator[int]:
    """Outcome_12: an aim with an end date has an outcome."""
    return (aim.line for aim in learner.aims if aim.ended_on is not None and aim.outcome is None)


def reason_missing(learner: Learner, _: Survey) -> Iterator[int]:
    """WithdrawReason_03: a learner who withdrew has a reason."""
    return (
        aim.line
        for aim in learner.aims
        if aim.completion == WITHDRAWN and aim.withdraw_reason is None
    )


def reason_needless(learner: Learner, _: Survey) -> Iterator[int]:
    """WithdrawReason_04: only a learner who withdrew has a reason."""
    return (
        aim.line
        for aim in learner.aims
        if aim.completion in COMPLETION
        and aim.completion != WITHDRAWN
        and aim.withdraw_reason is not None
    )


def no_uuid(learner: Learner, _: Survey) -> Iterator[int]:
    """SWSupAimId_01: the software supplier's aim identifier is a UUID."""
    return (
        aim.line for aim in learner.aims if aim.software_id is not None and uuid_of(aim) is None
    )


def event_too_early(learner: Learner, _: Survey) -> Iterator[int]:
    """LearnDelFAMDateFrom_06: event indicators exist since 1 August 2025."""
    return (
        code.line
        for aim in learner.aims
        for code in aim.monitoring
        if code.type == _EVENT_INDICATOR
        and code.from_on is not None
        and code.from_on < _EVENT_INDICATORS_FROM
    )


def _is_standard(aim: LearningDelivery) -> bool:
    return (
        aim.fund_model in {FUND_APPRENTICESHIPS, NOT_FUNDED}
        and aim.programme_type == APPRENTICESHIP_STANDARD
    )
