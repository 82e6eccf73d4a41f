"""Rules about a learner's aims. Each function yields the lines where its rule is broken."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from producers.ilr import codes
from producers.ilr.keys import uuid_of
from producers.ilr.records import Learner, LearningDelivery
from producers.ilr.survey import Survey

_EVENT_INDICATOR: Final = "EVI"
_EVENT_INDICATORS_FROM: Final = date(2025, 8, 1)


def _each_aim(
    is_broken: Callable[[LearningDelivery], bool],
) -> Callable[[Learner, Survey], Iterator[int]]:
    return lambda learner, _: (aim.line for aim in learner.aims if is_broken(aim))


def sequence_repeats(learner: Learner, _: Survey) -> Iterator[int]:
    """R_07: one aim for each sequence number of a learner."""
    seen = set()
    for aim in learner.aims:
        if aim.sequence in seen:
            yield aim.line
        seen.add(aim.sequence)


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


@_each_aim
def fund_model_unknown(aim: LearningDelivery) -> bool:
    """FundModel_01: the funding model is one of the list."""
    return aim.fund_model not in codes.FUND_MODEL


@_each_aim
def completion_unknown(aim: LearningDelivery) -> bool:
    """CompStatus_01: the completion status is one of the list."""
    return aim.completion not in codes.COMPLETION


@_each_aim
def ended_and_continues(aim: LearningDelivery) -> bool:
    """CompStatus_02: an aim with an end date does not continue; apprenticeship programmes may."""
    is_apprenticeship = aim.aim_type == codes.PROGRAMME_AIM and _is_standard(aim)
    return aim.ended_on is not None and aim.completion == codes.CONTINUING and not is_apprenticeship


@_each_aim
def stopped_undated(aim: LearningDelivery) -> bool:
    """CompStatus_03: an aim without an end date continues."""
    return aim.ended_on is None and aim.completion != codes.CONTINUING


@_each_aim
def stopped_no_outcome(aim: LearningDelivery) -> bool:
    """CompStatus_04: an aim without an outcome continues."""
    return aim.outcome is None and aim.completion != codes.CONTINUING


@_each_aim
def continues_with_outcome(aim: LearningDelivery) -> bool:
    """CompStatus_05: an aim that continues has no outcome; standards and bootcamps may."""
    may_have_outcome = _is_standard(aim) or aim.is_bootcamp
    return aim.completion == codes.CONTINUING and aim.outcome is not None and not may_have_outcome


@_each_aim
def stopped_and_achieved(aim: LearningDelivery) -> bool:
    """CompStatus_06: an aim left or paused is neither achieved nor open; bootcamps may be."""
    is_achieved_or_open = aim.outcome in {codes.ACHIEVED, codes.NOT_YET_KNOWN}
    return (
        aim.completion in {codes.WITHDRAWN, codes.BREAK}
        and is_achieved_or_open
        and not aim.is_bootcamp
    )


@_each_aim
def outcome_unknown(aim: LearningDelivery) -> bool:
    """Outcome_01: the outcome is one of the list."""
    return aim.outcome is not None and aim.outcome not in codes.AIM_OUTCOME


@_each_aim
def outcome_undated(aim: LearningDelivery) -> bool:
    """Outcome_11: an aim with an outcome has an end date; bootcamps need not."""
    return aim.outcome is not None and aim.ended_on is None and not aim.is_bootcamp


@_each_aim
def ended_no_outcome(aim: LearningDelivery) -> bool:
    """Outcome_12: an aim with an end date has an outcome."""
    return aim.ended_on is not None and aim.outcome is None


@_each_aim
def reason_missing(aim: LearningDelivery) -> bool:
    """WithdrawReason_03: a learner who withdrew has a reason."""
    return aim.completion == codes.WITHDRAWN and aim.withdraw_reason is None


@_each_aim
def reason_needless(aim: LearningDelivery) -> bool:
    """WithdrawReason_04: only a learner who withdrew has a reason."""
    stays = aim.completion in codes.COMPLETION and aim.completion != codes.WITHDRAWN
    return stays and aim.withdraw_reason is not None


@_each_aim
def ended_before_start(aim: LearningDelivery) -> bool:
    """LearnActEndDate_01: an aim does not end before it starts."""
    return aim.ended_on is not None and aim.ended_on < aim.started_on


@_each_aim
def planned_before_start(aim: LearningDelivery) -> bool:
    """LearnPlanEndDate_02: an aim is not planned to end before it starts."""
    return aim.planned_end_on < aim.started_on


@_each_aim
def achieved_before_start(aim: LearningDelivery) -> bool:
    """AchDate_03: an aim is not achieved before it starts."""
    return aim.achieved_on is not None and aim.achieved_on < aim.started_on


def started_before_birth(learner: Learner, _: Survey) -> Iterator[int]:
    """LearnStartDate_05: an aim starts after the learner was born."""
    return (
        aim.line
        for aim in learner.aims
        if learner.born_on is not None and aim.started_on <= learner.born_on
    )


@_each_aim
def no_uuid(aim: LearningDelivery) -> bool:
    """SWSupAimId_01: the software supplier's aim identifier is a UUID."""
    return aim.software_id is not None and uuid_of(aim) is None


def _is_standard(aim: LearningDelivery) -> bool:
    return (
        aim.fund_model in {codes.FUND_APPRENTICESHIPS, codes.NOT_FUNDED}
        and aim.programme_type == codes.APPRENTICESHIP_STANDARD
    )
