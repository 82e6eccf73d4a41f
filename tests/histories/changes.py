"""Every kind of consent change, taught once: what is drawn, what it asks, what it makes of consent.

The simulation holds each entry of the ledger against it, whoever draws the change.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from consent_ledger.consent.changes import (
    ALL,
    ConsentChange,
    Grant,
    Narrowing,
    Notice,
    Objection,
    ObjectionEnd,
    Refusal,
    Renewal,
    Request,
    Withdrawal,
)
from schemas.categories import Category
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from tests.histories import cast
from tests.histories.said import Said

_GRANTABLE: Final = (
    Category.IDENTITY,
    Category.SENSITIVE_PARTICIPATION,
    Category.MONEY,
    Category.HEALTH,
    Category.NEEDS,
    Category.PROGRESS,
)
_SUBSETS: Final = tuple(
    tuple(one for place, one in enumerate(_GRANTABLE) if number >> place & 1)
    for number in range(1 << len(_GRANTABLE))
)
_TAKEN_BACK: Final = ((), (Category.PARTICIPATION,), *_SUBSETS[1:])
_UNTIL: Final = (None, timedelta(days=1))


class Expiry(ConsentChange):
    """The hub enters that a grant has run out, if one has: the participant asks for nothing."""


class About(NamedTuple):
    """Whose change it is, of which agreement, what that asks consent for, and when."""

    number: PassportNumber
    agreement: AgreementId
    asked: frozenset[str]
    now: datetime


class Taught(NamedTuple):
    """A kind of change.

    `arguments` are the values that are drawn, the plainest first, beside person and agreement;
    `change` makes the change of them, `after` says what it makes of what was said; `opens`: it may
    open something.
    """

    change: Callable[..., ConsentChange]
    arguments: Mapping[str, Sequence[Any]] = {}
    after: Callable[[Said, Any, About], Said] = lambda said, _, __: said
    opens: bool = False


def _grant(
    about: About,
    categories: Sequence[Category],
    until: timedelta | None,
    left_out: Sequence[ProviderId] | None,
) -> Grant:
    """Consent is to participation and these, of what is asked; or to all of it."""
    named = {one for one in (*categories, Category.PARTICIPATION) if one in about.asked}
    return Grant(
        number=about.number,
        agreement=about.agreement,
        categories=frozenset(named) or ALL,
        until=about.now + until if until else None,
        excluded=None if left_out is None else frozenset(left_out),
    )


def _granted(said: Said, change: Grant, about: About) -> Said:
    before = said.at(about.now)
    asked = about.asked if isinstance(change.categories, str) else change.categories
    return before._replace(
        granted=before.granted & about.asked | asked,
        until=change.until or before.until,
        left_out=before.left_out if change.excluded is None else change.excluded,
    )


def _taken_back(about: About, categories: Sequence[Category]) -> Narrowing | Withdrawal:
    number, agreement = about.number, about.agreement
    if not categories:
        return Withdrawal(number=number, agreement=agreement)
    return Narrowing(number=number, agreement=agreement, categories=frozenset(categories))


def _renewal(about: About, until: timedelta | None) -> Renewal:
    end = about.now + until if until else None
    return Renewal(number=about.number, agreement=about.agreement, until=end)


def _renewed(said: Said, change: Renewal, about: About) -> Said:
    held = said.at(about.now)
    return held._replace(until=change.until) if held.granted else said


def _plain(kind: type[ConsentChange], **fields: Any) -> Callable[[About], ConsentChange]:
    return lambda about: kind(number=about.number, agreement=about.agreement, **fields)


CHANGES: Final[Mapping[str, Taught]] = {
    "grant": Taught(
        _grant,
        {
            "categories": _SUBSETS,
            "until": _UNTIL,
            "left_out": (None, None, (), *((one,) for one in cast.PROVIDERS)),
        },
        after=_granted,
        opens=True,
    ),
    "withdraw": Taught(
        _taken_back,
        {"categories": _TAKEN_BACK},
        after=lambda said, change, _: said.without(getattr(change, "categories", said.granted)),
    ),
    "ask": Taught(_plain(Request, categories=ALL, again=True)),
    "renew": Taught(_renewal, {"until": _UNTIL}, after=_renewed, opens=True),
    "refuse": Taught(_plain(Refusal), after=lambda said, _, __: said.without(said.granted)),
    "note_expiry": Taught(_plain(Expiry), after=lambda said, _, about: said.at(about.now)),
    "inform": Taught(
        _plain(Notice), after=lambda said, _, __: said._replace(informed=True), opens=True
    ),
    "object_to": Taught(_plain(Objection), after=lambda said, _, __: said._replace(objected=True)),
    "end_objection": Taught(
        _plain(ObjectionEnd), after=lambda said, _, __: said._replace(objected=False), opens=True
    ),
}
