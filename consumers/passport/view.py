"""The passport of one participant: each value with its source, and the story in time order.

A value is the last by when it was observed, never by when it arrived. Where providers differ about
who the participant is, the passport says so and leaves it to an adviser. An event that its provider
entered in error gives no value: of it the story has the participation alone, which says so.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Final

from pydantic import BaseModel, JsonValue, computed_field
from sqlalchemy import Connection

from consent_ledger.journal.vault import Vault
from consumers.passport.event_facts import PassportFact
from consumers.passport.facts import facts_about
from schemas.categories import NOTHING, Category, Mask, mask_of
from schemas.events import OutcomeStage
from schemas.identifiers import EventId, PassportNumber, ProviderId, ServiceId

MaySee = Callable[[ProviderId, str, ServiceId], Mask]
"""Takes provider id, event type and service id; returns the categories that may be seen.

A mask without participation opens nothing: that is the gate to every record.
"""

OF_THE_MOMENT: Final = frozenset(
    {Category.PARTICIPATION, Category.PROGRESS, Category.WELLBEING, Category.NOTES}
)
"""Categories of what happened or was measured at a moment: they belong to the story."""


class Sourced(BaseModel, frozen=True):
    """A value, and where it is from."""

    value: JsonValue
    event_id: EventId
    event: str
    provider_id: ProviderId
    service_id: ServiceId
    observed_at: datetime


class PassportValue(BaseModel, frozen=True):
    """What is held about one field: the last value, and other providers' last where they differ."""

    category: Category
    field: str
    last: Sourced
    differing: tuple[Sourced, ...] = ()

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def is_in_conflict(self) -> bool:
        """Whether providers differ about who somebody is: a person must look before it is used.

        What else changes, such as an address, is as it was said last; the others stay beside it.
        """
        return self.category is Category.IDENTITY and bool(self.differing)


class StoryStep(BaseModel, frozen=True):
    """One event of the story, with its facts of that moment."""

    event_id: EventId
    event: str
    provider_id: ProviderId
    service_id: ServiceId
    occurred_at: datetime
    facts: dict[Category, dict[str, JsonValue]]


class Passport(BaseModel, frozen=True):
    """All that may be seen of one participant; empty where nothing is held or may be seen."""

    participant_id: PassportNumber
    values: tuple[PassportValue, ...]
    story: tuple[StoryStep, ...]

    def value_of(self, category: Category, field: str) -> PassportValue | None:
        """Return what is held about one field, or None."""
        return next((v for v in self.values if (v.category, v.field) == (category, field)), None)


def see_nothing(_provider_id: str, _event: str, _service_id: str) -> Mask:
    """Open nothing: the default."""
    return NOTHING


def see_all_that_is_held(_provider_id: str, _event: str, _service_id: str) -> Mask:
    """Open all of the passport: only for the participant and the adviser who keeps it."""
    return mask_of(Category)


def view(
    connection: Connection,
    vault: Vault,
    participant_id: PassportNumber,
    may_see: MaySee = see_nothing,
) -> Passport:
    """Return the passport of a participant as one reader may see it; empty once they are erased.

    UnsealError when a row of it, or the participant's key, does not open.
    """
    return build(participant_id, facts_about(connection, vault, participant_id), may_see)


def build(
    participant_id: PassportNumber, facts: Iterable[PassportFact], may_see: MaySee
) -> Passport:
    """Return the passport that these facts about one participant make."""
    decided = cache(may_see)
    seen = sorted(
        (fact for fact in facts if _is_open(fact, decided)),
        # The ids settle a tie in time, so that every replay gives the same passport.
        key=attrgetter("occurred_at", "provider_id", "event_id"),
    )
    mistaken = {fact.event_id for fact in seen if _is_mistake(fact)}
    seen = [
        fact
        for fact in seen
        if fact.category is Category.PARTICIPATION or fact.event_id not in mistaken
    ]
    by_field: dict[tuple[Category, str], list[PassportFact]] = {}
    for fact in seen:
        if fact.category not in OF_THE_MOMENT:
            by_field.setdefault((fact.category, fact.field), []).append(fact)
    return Passport(
        participant_id=participant_id,
        values=tuple(_value(*by_field[key]) for key in sorted(by_field, key=_place_of)),
        story=tuple(
            _step(list(of_event)) for _, of_event in groupby(seen, key=attrgetter("event_id"))
        ),
    )


def is_same_value(value: JsonValue, other: JsonValue) -> bool:
    """Tell whether two values say the same, however two systems spell it."""
    return _bare(value) == _bare(other)


def _is_open(fact: PassportFact, may_see: MaySee) -> bool:
    mask = may_see(fact.provider_id, fact.event, fact.service_id)
    return bool(mask & Category.PARTICIPATION.bit and mask & fact.category.bit)


def _is_mistake(fact: PassportFact) -> bool:
    """Tell whether a fact says that its event was entered in error: each event has that stage."""
    return (fact.category, fact.field, fact.value) == (
        Category.PARTICIPATION,
        "stage",
        OutcomeStage.ENTERED_IN_ERROR,
    )


def _place_of(key: tuple[Category, str]) -> tuple[int, str]:
    category, field = key
    return category.bit, field


def _value(*observed: PassportFact) -> PassportValue:
    """Return the last of a field's observations, which come in order of time."""
    last = observed[-1]
    last_by_provider = {fact.provider_id: fact for fact in observed}
    differing = [
        fact for fact in last_by_provider.values() if not is_same_value(fact.value, last.value)
    ]
    return PassportValue(
        category=last.category,
        field=last.field,
        last=_sourced(last),
        differing=tuple(map(_sourced, differing)),
    )


def _bare(value: JsonValue) -> str:
    """Return a name or number without what two systems spell differently: case and spaces."""
    return " ".join(str(value).casefold().split())


def _sourced(fact: PassportFact) -> Sourced:
    return Sourced(
        value=fact.value,
        event_id=fact.event_id,
        event=fact.event,
        provider_id=fact.provider_id,
        service_id=fact.service_id,
        observed_at=fact.occurred_at,
    )


def _step(facts: list[PassportFact]) -> StoryStep:
    first = facts[0]
    of_the_moment: dict[Category, dict[str, JsonValue]] = {}
    for fact in sorted(facts, key=lambda fact: _place_of((fact.category, fact.field))):
        if fact.category in OF_THE_MOMENT:
            of_the_moment.setdefault(fact.category, {})[fact.field] = fact.value
    return StoryStep(
        event_id=first.event_id,
        event=first.event,
        provider_id=first.provider_id,
        service_id=first.service_id,
        occurred_at=first.occurred_at,
        facts=of_the_moment,
    )
