"""The cells of a row as a block of an event, by what is known of their columns beforehand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError

from producers.tables.cells import NOTHING, CellError, Convert, Habits
from producers.tables.headings import Headings
from producers.tables.placing import Step
from producers.tables.table import Cell
from schemas.validation import fault

MISSING: Final = "missing"
INVALID: Final = "invalid"
_REQUIRED: Final = "missing"
"""What pydantic calls a field that is not there."""


class RowProblem(NamedTuple):
    """What is wrong with a row: a kind, the column if it is of one, and in words."""

    code: str
    column: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.column}: {self.text}" if self.column else self.text


@dataclass(frozen=True, slots=True)
class BlockReader:
    """Makes a block of a row; `fixed` values are those of no column.

    `steps` has of each column its place, its field, how it is read, and whether it adds to a list.
    """

    model: type[BaseModel]
    headings: Headings
    habits: Habits
    steps: tuple[tuple[int, str, Convert, bool], ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    is_needed: bool = False

    def block(self, cells: Sequence[Cell], problems: list[RowProblem]) -> Any:
        """Return the block; None where nothing is told, or something is wrong, which is noted."""
        before = len(problems)
        values = self.values(cells, problems)
        if len(problems) > before or not (values or self.is_needed):
            return None
        try:
            return self.model.__pydantic_validator__.validate_python(values)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False)
            problems += map(self._problem, faults)
        return None

    def values(self, cells: Sequence[Cell], problems: list[RowProblem]) -> dict[str, Any]:
        """Return values by field: the first that is filled, or all of a list, or what is fixed."""
        values: dict[str, Any] = {}
        for place, name, read, takes_many in self.steps:
            cell = cells[place]
            if cell in NOTHING or (name in values and not takes_many):
                continue
            try:
                value = read(cell, self.habits)
            except CellError as error:
                problems.append(RowProblem(INVALID, self.headings.column(place), str(error)))
                continue
            if value is not None:
                values[name] = values.get(name, ()) + value if takes_many else value
        return {**self.fixed, **values} if self.fixed else values

    def _problem(self, details: Any) -> RowProblem:
        """Return what the contract has against a value, and of which column it is."""
        name = details["loc"][0]
        place = next((place for place, field, *_ in self.steps if field == name), None)
        column = None if place is None else self.headings.column(place)
        if details["type"] == _REQUIRED:
            return RowProblem(MISSING, column, MISSING)
        return RowProblem(INVALID, column, fault(details))


def steps_of(
    steps: Iterable[Step], block: str | None
) -> tuple[tuple[int, str, Convert, bool], ...]:
    """Return those steps that lead to a block; None: to the envelope."""
    return tuple(
        (step.place, step.field.name, step.read, step.field.takes_many)
        for step in steps
        if step.field.block == block
    )
