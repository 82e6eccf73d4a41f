"""An event's fields in words for a participant: what each is called, and what its value means."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.pages.days import day, london_time
from producers.ilr.codes import DESTINATION, EMPLOYMENT, FUND_MODEL, PRIOR_ATTAIN

_OF_THE_ILR: Final = {
    "employment_status": EMPLOYMENT,
    "funding": FUND_MODEL,
    "prior_attain": PRIOR_ATTAIN,
}
_DAYS: Final = frozenset({"date_of_birth", "employment_status_on"})
"""Fields that an event holds as a day, and a passport as its text."""


@cache
def _words(part: str) -> dict[str, Any]:
    content = yaml.safe_load(Path(__file__).with_name("event_words.yaml").read_text("utf-8"))
    return {**content[part], **(_OF_THE_ILR if part == "codes" else {})}


def label(field: str) -> str:
    """Return what a field is called; its own name, where there are no words for it."""
    return str(_words("labels").get(field, field.replace("_", " ")))


def word(field: str, code: object) -> str:
    """Return what a field's code means; the code itself, where there are no words for it."""
    return str(_words("codes").get(field, {}).get(code, code))


def values(field: str, value: object, names: Mapping[str, str]) -> list[str]:
    """Return a field's value in words, one for each item of a list; `names` has those of ids."""
    items = value if isinstance(value, list | tuple) else [value]
    return [_value(field, item, names) for item in items]


def reached(category: str | None, code: str | None) -> str | None:
    """Return an outcome's code in words: what it means rests on its category."""
    known = DESTINATION.get(category or "", {})
    return known.get(int(code), code) if code and code.isdecimal() else code


def _value(field: str, value: object, names: Mapping[str, str]) -> str:
    match value:
        case bool():
            shown = "yes" if value else "no"
        case datetime():
            shown = london_time(value)
        case date():
            shown = day(value)
        case float():
            shown = f"{value:g}"
        case int() if field == "pay_pence":
            shown = f"£{value / 100:,.2f}"
        case dict():
            held = {name: item for name, item in value.items() if item is not None}
            shown = "; ".join(
                f"{label(name)}: {_value(name, item, names)}" for name, item in held.items()
            )
        case str() if field in _DAYS:
            shown = day(date.fromisoformat(value))
        case str() if field in {"service_id", "provider_id"}:
            shown = names.get(value, value)
        case _:
            shown = word(field, value)
    return shown
