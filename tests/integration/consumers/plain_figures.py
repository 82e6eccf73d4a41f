"""The hub's measures worked out the plain way, in Python, to hold those in SQL against."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Final

from consumers.analytics.disclosure_control import Count, Median, Row
from consumers.analytics.facts import AnalyticsFact
from consumers.analytics.measures import By
from schemas.identifiers import PassportNumber

REACHED: Final = {"EMP", "EDU", "VOL", "QUAL"}

UNCONFIRMED: Final = {"disputed", "unspecified", "entered_in_error"}
NOT_BEGUN: Final = {
    "referral": {"signposted", "entered_in_error"},
    "enrolment": {"waiting", "offered", "offer_declined", "cancelled", "entered_in_error"},
}
UNMET: Final = {"no_capacity", "not_eligible", "wrong_area", "unsafe", "closed"}

PersonIn = tuple[str, str]
"""Somebody in a group; the group of whom it is not known is empty."""


class PlainFigures:
    """All that is known of some people, and the true figures about them."""

    def __init__(self, facts: Sequence[AnalyticsFact], by: By) -> None:
        self._facts = facts
        self._by = by

    def funnel(self) -> list[Row]:
        """See `measures.funnel`."""
        referred, enrolled = self._first_days("referral"), self._first_days("enrolment")
        reached = self._first_outcomes(enrolled, REACHED)
        interim = self._first_outcomes(enrolled, {"INT"})
        to_enrolment = {
            who: (enrolled[who] - day).days
            for who, day in referred.items()
            if who in enrolled and enrolled[who] >= day
        }
        to_outcome = {who: (day - enrolled[who]).days for who, day in reached.items()}
        rows = []
        for group in {group for _, group in referred.keys() | enrolled.keys()}:
            named: dict[str, Collection[PersonIn]] = {
                "referred": referred,
                "referred_enrolled": to_enrolment,
                "enrolled": enrolled,
                "interim": interim,
                "reached": reached,
            }
            counts = {
                name: _people(sum(its_group == group for _, its_group in some))
                for name, some in named.items()
            }
            medians = {
                "days_to_enrolment": _median(_of(group, to_enrolment)),
                "days_to_outcome": _median(_of(group, to_outcome)),
            }
            rows.append(Row((group or None,), counts, medians))
        return rows

    def outcomes(self) -> list[Row]:
        """See `measures.outcomes`."""
        cells: defaultdict[tuple[str, str], list[AnalyticsFact]] = defaultdict(list)
        for one in self._outcomes():
            if one.outcome_category is not None:
                cells[self._group(one), one.outcome_category].append(one)
        rows = []
        for (group, category), some in cells.items():
            people = len({one.participant for one in some})
            hours = [one.hours_per_week for one in some if one.hours_per_week is not None]
            timed = {one.participant for one in some if one.hours_per_week is not None}
            rows.append(
                Row(
                    (group or None, category),
                    {"people": _people(people), "outcomes": Count(len(some), people)},
                    {"hours_per_week": Median(median(hours) if hours else None, len(timed))},
                )
            )
        return rows

    def interim_outcomes(self) -> list[Row]:
        """See `measures.interim_outcomes`."""
        steps: defaultdict[tuple[str, str, str], list[date]] = defaultdict(list)
        work: defaultdict[str, list[date]] = defaultdict(list)
        for one in self._outcomes():
            if one.outcome_category == "INT":
                step = self._group(one), one.outcome_code or "", one.participant
                steps[step].append(_day(one))
            elif one.outcome_category == "EMP":
                work[one.participant].append(_day(one))
        took: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
        for (group, code, person), days in steps.items():
            took[group, code].append(any(day >= min(days) for day in work[person]))
        return [
            Row(
                (group or None, code or None),
                {"people": _people(len(found)), "then_in_work": _people(sum(found))},
                {},
            )
            for (group, code), found in took.items()
        ]

    def unmet_needs(self) -> list[Row]:
        """See `measures.unmet_needs`."""
        away: defaultdict[tuple[str, str, str], list[date]] = defaultdict(list)
        enrolled: defaultdict[str, list[date]] = defaultdict(list)
        for one in self._facts:
            if one.stage in ("declined", "offer_declined") and one.decline_reason in UNMET:
                away[self._group(one), one.decline_reason, one.participant].append(one.on_day)
            if _has_begun(one, "enrolment"):
                enrolled[one.participant].append(_begun_on(one))
        found: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
        for (group, why, person), days in away.items():
            found[group, why].append(any(day >= min(days) for day in enrolled[person]))
        return [
            Row(
                (group or None, why),
                {"people": _people(len(since)), "enrolled_since": _people(sum(since))},
                {},
            )
            for (group, why), since in found.items()
        ]

    def _outcomes(self) -> Iterable[AnalyticsFact]:
        for one in self._facts:
            if one.event == "outcome" and one.stage not in UNCONFIRMED:
                yield one

    def _first_days(self, event: str) -> dict[PersonIn, date]:
        days: defaultdict[PersonIn, list[date]] = defaultdict(list)
        for one in self._facts:
            if _has_begun(one, event):
                days[one.participant, self._group(one)].append(_begun_on(one))
        return {who: min(some) for who, some in days.items()}

    def _first_outcomes(
        self, enrolled: Mapping[PersonIn, date], categories: Collection[str]
    ) -> dict[PersonIn, date]:
        days: defaultdict[PersonIn, list[date]] = defaultdict(list)
        for who, day in enrolled.items():
            days[who] = [
                _day(one)
                for one in self._outcomes()
                if one.participant == who[0]
                and one.outcome_category in categories
                and _day(one) >= day
            ]
        return {who: min(some) for who, some in days.items() if some}

    def _group(self, one: AnalyticsFact) -> str:
        groups: dict[By, Callable[[], object]] = {
            By.PROVIDER: lambda: one.service_id.partition(".")[0],
            By.PROGRAMME: lambda: one.programme,
            By.BOROUGH: lambda: self._last(PassportNumber(one.participant), "borough"),
            By.BIRTH_BAND: lambda: self._last(PassportNumber(one.participant), "birth_band"),
        }
        found = groups[self._by]()
        return "" if found is None else str(found)

    def _last(self, participant: PassportNumber, name: str) -> object:
        """Return what was known last of somebody."""
        own = sorted(
            (one for one in self._facts if one.participant == participant),
            key=lambda one: (one.on_day, one.event_key),
        )
        known = [getattr(one, name) for one in own if getattr(one, name) is not None]
        return known[-1] if known else None


def _has_begun(one: AnalyticsFact, event: str) -> bool:
    return one.event == event and one.stage not in NOT_BEGUN[event]


def _begun_on(one: AnalyticsFact) -> date:
    return min(one.on_day, one.started_on or one.on_day)


def _day(outcome: AnalyticsFact) -> date:
    return outcome.effective_on or outcome.on_day


def _people(count: int) -> Count:
    return Count(count, count)


def _median(days: Sequence[int]) -> Median:
    return Median(median(days) if days else None, len(days))


def _of(group: str, some: Mapping[PersonIn, int]) -> list[int]:
    return [value for (_, its_group), value in some.items() if its_group == group]
