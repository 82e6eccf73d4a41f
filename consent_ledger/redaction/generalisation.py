"""Coarser forms of a block, for agreements that need less than the whole of it.

Where nothing is left there is no block: an empty one would show that something finer is held.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any, Final

from consent_ledger.agreements.agreement import Generalisation

Fields = dict[str, Any]
Coarsen = Callable[[Fields], Fields | None]

BIRTH_BAND_YEARS: Final = 5


def birth_band(identity: Fields) -> Fields | None:
    """Keep the first day of the five-year band in which the person was born, and nothing else."""
    born = identity["date_of_birth"]
    if born is None:
        return None
    first = born.replace(year=max(1, born.year - born.year % BIRTH_BAND_YEARS), month=1, day=1)
    return dict.fromkeys(identity) | {"date_of_birth": first}


def borough(area: Fields) -> Fields | None:
    """Keep the borough and nothing else."""
    if area["borough"] is None:
        return None
    return dict.fromkeys(area) | {"borough": area["borough"]}


def whole_days(value: Any) -> Any:
    """Cut each moment, at any depth, to the start of its day in UTC."""
    if isinstance(value, datetime):
        return datetime.combine(value.astimezone(UTC).date(), time(), UTC)
    if isinstance(value, dict):
        return {name: whole_days(one) for name, one in value.items()}
    if isinstance(value, list):
        return [whole_days(one) for one in value]
    return value


COARSENERS: Final[Mapping[Generalisation, Coarsen]] = {
    Generalisation.BIRTH_BAND: birth_band,
    Generalisation.BOROUGH: borough,
}
