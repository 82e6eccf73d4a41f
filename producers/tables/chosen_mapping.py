"""A mapping as a person chooses it on a page, column by column."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from producers.tables.errors import MappingError
from producers.tables.fields import SERVICE, STAGE, fields_of
from producers.tables.mapping import IGNORED, UNPLACED, demand_faultless
from producers.tables.mapping import Mapping as TableMapping
from schemas.validation import problems


class ChosenColumn(NamedTuple):
    """Where a column goes, or `ignored`; `words` are what its words are on the bus, by word."""

    heading: str
    to: str
    words: Mapping[str, str]


class ChosenTable(NamedTuple):
    """What a person says of a table: which event a row is, and where each column goes.

    `reference` is the column with the organisation's own reference of the person; `service` and
    `stage` hold for every row, unless a column says them.
    """

    event: str
    reference: str
    service: str
    stage: str
    columns: tuple[ChosenColumn, ...]


def text_of_mapping(mapping: TableMapping) -> str:
    """Return a mapping as YAML."""
    plain = mapping.model_dump(mode="json", exclude_defaults=True)
    columns = {
        heading: [part.model_dump(mode="json", exclude_none=True) for part in parts] or IGNORED
        for heading, parts in mapping.columns.items()
    }
    return yaml.safe_dump(plain | {"columns": columns}, sort_keys=False, allow_unicode=True)


def chosen_table(proposed: Mapping[str, Any], event: str, stages: Iterable[str]) -> ChosenTable:
    """Return a proposal as a person looks through it, where each row is one event of a type."""
    fields = fields_of(event)
    columns = tuple(
        _column(heading, placement, fields) for heading, placement in proposed["columns"].items()
    )
    fixed: dict[str, str] = {}
    for plan in proposed["events"].values():
        fixed |= plan["fixed"]
    stage = fixed.get(STAGE, UNPLACED)
    return ChosenTable(
        event=event,
        reference=proposed["reference"][0],
        service=fixed.get(SERVICE, UNPLACED),
        stage=stage if stage in set(stages) else UNPLACED,
        columns=columns,
    )


def mapping_of_choices(proposed: Mapping[str, Any], chosen: ChosenTable) -> TableMapping:
    """Return the mapping that a person chose, as version 1. Raises MappingError."""
    placed = {column.to for column in chosen.columns}
    fixed = {SERVICE: chosen.service, STAGE: chosen.stage}
    content = {name: proposed[name] for name in ("name", "provider", "sheet") if name in proposed}
    content |= {
        "version": 1,
        "reference": [chosen.reference],
        "columns": {
            column.heading: _placement(column)
            for column in chosen.columns
            if column.heading != chosen.reference or column.to not in {IGNORED, UNPLACED}
        },
        "events": {
            chosen.event: {
                "fixed": {path: value for path, value in fixed.items() if path not in placed}
            }
        },
    }
    try:
        return demand_faultless(TableMapping.model_validate(content))
    except ValidationError as error:
        raise MappingError("The mapping was not taken.", faults=problems(error)) from None


def _column(heading: str, placement: Any, fields: Mapping[str, Any]) -> ChosenColumn:
    if isinstance(placement, list):  # of one that was saved: a column may go to several fields
        placement = placement[0] if placement else IGNORED
    to = placement
    words: Mapping[str, str] = {}
    if isinstance(placement, dict):
        to, words = placement["to"], placement.get("words") or {}
    if isinstance(to, list):
        to = to[0]
    bare = to if to in fields else to.partition(".")[2]
    is_known = to == IGNORED or bare in fields
    return ChosenColumn(heading, (to if to == IGNORED else bare) if is_known else UNPLACED, words)


def _placement(column: ChosenColumn) -> Any:
    if column.to == IGNORED or not column.words:
        return column.to
    return {"to": column.to, "words": dict(column.words)}
