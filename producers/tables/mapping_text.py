"""A mapping as a file for a person: beside each column stands what is in it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from producers.tables.mapping import UNPLACED
from producers.tables.samples import ColumnSample

_HEAD: Final = """\
# Where each column of the table goes. Look through it, and replace every "?":
# a column that says nothing the bus needs is `ignored`. Raise `version` with each change.
"""
_FIRST: Final = (
    *("name", "version", "provider", "sheet", "dates", "numbering"),
    *("reference", "row", "required", "only"),
)


def mapping_text(
    plain: Mapping[str, Any], samples: Mapping[str, ColumnSample], services: Sequence[str]
) -> str:
    """Return a mapping as YAML; beside each column how often it is filled, and a shape."""
    first = (_yaml({name: plain[name]}) for name in _FIRST if plain.get(name))
    parts = [_HEAD, *first, "columns:\n"]
    for heading, placement in plain["columns"].items():
        line, *more = _yaml({heading: placement}).splitlines()
        lines = [f"{line}{_remark(samples[heading])}", *more]
        parts += (f"  {line}\n" for line in lines)
    if UNPLACED in str(plain["events"]) and len(services) != 1:
        parts.append(f"# services of this organisation: {', '.join(services) or 'none'}\n")
    parts.append(_yaml({"events": plain["events"]}))
    return "".join(parts)


def _remark(sample: ColumnSample) -> str:
    if not sample.filled:
        return "  # empty"
    return f"  # {sample.share} % filled, like {sample.shape!r}"


def _yaml(plain: Mapping[str, Any]) -> str:
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=10_000)
