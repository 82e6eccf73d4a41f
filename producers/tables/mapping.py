"""A mapping: which column of an organisation's table goes where. A YAML file, kept with the table.

Each column goes to a field (`identity.given_names`, or `enrolment.participation.stage` for one
event alone), or is `ignored` by its name. A column can go to several fields, with other words for
each. Fields that no column has are fixed for an event.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from rapidfuzz import process

from producers.tables.errors import MappingError
from producers.tables.fields import NUMBER, OCCURRED, fields_of
from producers.tables.headings import folded
from schemas.events import EVENT_TYPES, CheckedProviderId
from schemas.yaml_file import parse_yaml, read_yaml

IGNORED: Final = "ignored"
UNPLACED: Final = "?"
"""What a guess writes where it does not know."""
FILLED: Final = "filled"
EMPTY: Final = "empty"
DAYS: Final = (
    "participation.ended_on",
    "participation.started_on",
    "participation.appointment_at",
    "progress.effective_to",
    "progress.effective_from",
    "progress.collected_on",
)
"""The days by which it is known when an event happened, where no column says so: the first."""
_ALIKE: Final = 60.0

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Heading = Annotated[str, Field(min_length=1, max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Placement(_Part):
    """Where a column goes, and what its words are on the bus. An empty word is left out."""

    to: str
    words: dict[str, str] | None = None


def _as_list(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else [given]


def _as_placements(given: Any) -> Any:
    """Return placements: `ignored` is none, a text is one, and `to` may name several fields."""
    if given == IGNORED:
        return ()
    found = []
    for part in _as_list(given):
        if isinstance(part, str):
            found.append({"to": part})
        elif isinstance(part, dict) and isinstance(part.get("to"), list):
            found += [part | {"to": target} for target in part["to"]]
        else:
            found.append(part)
    return found


Words = Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1)]
"""Words of a column; `filled` and `empty` stand for any and for none."""
Columns = Annotated[tuple[Heading, ...], BeforeValidator(_as_list)]


class EventPlan(_Part):
    """An event that a row gives: of which type, in which rows, and what is the same in all."""

    type: Literal["referral", "enrolment", "outcome"] | None = None
    when: dict[Heading, Words] = {}
    fixed: dict[str, str] = {}


class FieldTarget(_Part):
    """A field, and the event that has it; None: every event that has such a field."""

    event: str | None
    path: str


class Mapping(_Part):
    """How the rows of one kind of table become events.

    `reference` is what the organisation itself calls the person, and `row` what tells one of their
    rows from another. Only rows with the words in `only` are read. `numbering` names whose numbers
    the references are, where an organisation has more than one kind.
    """

    name: Slug
    version: Annotated[int, Field(ge=1)]
    provider: CheckedProviderId | None = None
    sheet: str | None = None
    dates: Literal["day-first", "month-first"] = "day-first"
    numbering: Slug | None = None
    reference: Annotated[Columns, Field(min_length=1)]
    row: Columns = ()
    required: Columns = ()
    only: dict[Heading, Words] = {}
    columns: dict[Heading, Annotated[tuple[Placement, ...], BeforeValidator(_as_placements)]]
    events: Annotated[dict[Slug, EventPlan], Field(min_length=1)]

    @property
    def headings(self) -> frozenset[str]:
        """The columns of a table that it fits, as they are compared."""
        named = (*self.columns, *self.reference, *self.row, *self.required, *self.only)
        of_events = (heading for plan in self.events.values() for heading in plan.when)
        return frozenset(map(folded, (*named, *of_events)))

    def type_of(self, event: str) -> str:
        """Return the type of an event of the mapping: by default, its name is that."""
        return self.events[event].type or event

    def target(self, written: str) -> FieldTarget | None:
        """Return the field that a mapping names, or None where there is none."""
        first, _, rest = written.partition(".")
        if first in self.events:
            return FieldTarget(event=first, path=rest) if self._has(first, rest) else None
        if written == NUMBER or any(self._has(event, written) for event in self.events):
            return FieldTarget(event=None, path=written)
        return None

    def targets(self, event: str) -> frozenset[str]:
        """Return the paths that an event gets, from columns or fixed."""
        found = set(self.events[event].fixed)
        for placements in self.columns.values():
            for placement in placements:
                target = self.target(placement.to)
                if target is not None and target.event in {None, event}:
                    found.add(target.path)
        return frozenset(found & set(fields_of(self.type_of(event))))

    def _has(self, event: str, path: str) -> bool:
        return path in fields_of(self.type_of(event))

    def faults(self) -> Iterator[str]:
        """Yield what does not fit the contract, whatever the table is."""
        unknown = [name for name in self.events if self.type_of(name) not in EVENT_TYPES]
        for name in unknown:
            yield f"events.{name}: `type` must be one of {', '.join(EVENT_TYPES)}"
        if not unknown:
            for heading, placements in self.columns.items():
                yield from self._faults_of_column(heading, placements)
            for name, plan in self.events.items():
                yield from self._faults_of_event(name, plan)

    def _faults_of_column(self, heading: str, placements: tuple[Placement, ...]) -> Iterator[str]:
        for placement in placements:
            if placement.to == UNPLACED:
                yield f"columns.{heading}: say where it goes, or that it is {IGNORED}"
            elif self.target(placement.to) is None:
                yield f"columns.{heading}: {placement.to} is no field{self._alike(placement)}"
            if UNPLACED in (placement.words or {}).values():
                yield f"columns.{heading}: say what its words are on the bus, or leave them empty"

    def _faults_of_event(self, name: str, plan: EventPlan) -> Iterator[str]:
        for path, value in plan.fixed.items():
            if not self._has(name, path):
                yield f"events.{name}.fixed: {path} is no field of it"
            elif value == UNPLACED:
                yield f"events.{name}.fixed: say what {path} is"
        told = self.targets(name)
        for path, field in fields_of(self.type_of(name)).items():
            if field.is_required and path not in told:
                yield f"events.{name}: no column goes to {path}, and it is not fixed"
        if not told & {OCCURRED, *DAYS}:
            yield f"events.{name}: no column says when it happened ({OCCURRED})"

    def _alike(self, placement: Placement) -> str:
        known = [
            path
            for name in self.events
            for field in fields_of(self.type_of(name))
            for path in (field, f"{name}.{field}")
        ]
        found = process.extractOne(placement.to, known, score_cutoff=_ALIKE)
        return "" if found is None else f": is it {found[0]}?"


def load_mapping(path: Path) -> Mapping:
    """Read a mapping. Raises MappingError, with every fault, where it cannot be taken."""
    mapping = read_yaml(path, Mapping, "mapping", MappingError, is_text=True)
    return demand_faultless(mapping, path.name)


def parse_mapping(text: str) -> Mapping:
    """Return the mapping in a text. Raises as `load_mapping`."""
    return demand_faultless(parse_yaml(text, Mapping, "mapping", MappingError, is_text=True))


def demand_faultless(mapping: Mapping, name: str = "") -> Mapping:
    """Return a mapping that fits the contract. Raises MappingError, with every fault."""
    if faults := [*mapping.faults()]:
        raise MappingError(f"The {f'mapping {name}'.rstrip()} was not taken.", faults=faults)
    return mapping
