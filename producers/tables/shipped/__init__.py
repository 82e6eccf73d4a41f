"""Mappings for what well-known systems export: chosen by their columns, and completed by a guess.

Each is a mapping but for what only the organisation knows, which stands there as `?`: its services,
and what its own words mean.
"""

from functools import cache
from importlib.resources import files
from typing import Any

from producers.tables.headings import Headings, folded
from schemas.yaml_file import plain_yaml


def shipped_for(headings: Headings) -> dict[str, Any] | None:
    """Return the mapping whose columns are all in a table; of several, the one with the most."""
    fitting = [
        plain
        for plain in _shipped().values()
        if {*map(folded, plain["columns"])} <= {*headings.places}
    ]
    found = max(fitting, key=lambda plain: len(plain["columns"]), default=None)
    if found is None:
        return None
    written = {folded(name): name for name in headings.names}
    return _renamed(found, written)


def _renamed(plain: dict[str, Any], written: dict[str, str]) -> dict[str, Any]:
    """Return a mapping with the headings as the table writes them."""

    def as_written(part: Any) -> Any:
        if isinstance(part, dict):
            return {written.get(folded(key), key): value for key, value in part.items()}
        return [written.get(folded(name), name) for name in part]

    headed = ("reference", "row", "required", "only", "columns")
    events = {
        name: plan | {"when": as_written(plan.get("when", {}))}
        for name, plan in plain["events"].items()
    }
    return (
        plain
        | {name: as_written(plain[name]) for name in headed if name in plain}
        | {"events": events}
    )


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    return {
        plain["name"]: plain
        for path in sorted(files(__name__).iterdir(), key=lambda path: path.name)
        if path.name.endswith(".yaml")
        for plain in [plain_yaml(path.read_text("utf-8"))]
    }
