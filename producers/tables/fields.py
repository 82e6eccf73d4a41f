"""The fields of an event that a column can go to, read from the contract's own models.

A new field of the contract can be mapped as soon as it is there. What has fields of its own is told
by a cell where one text is enough for it, such as the title of a qualification; an answer of a
questionnaire is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ValidationError

from producers.tables import cells, identifiers
from producers.tables.cells import CellError, Convert, Habits
from producers.tables.table import Cell
from schemas.errors import MalformedError
from schemas.events import EVENT_TYPES, Event
from schemas.identifiers import is_referral_ref, passport_number
from schemas.validation import fault

NUMBER: Final = "passport_number"
"""The target of a column that holds passport numbers."""
OCCURRED: Final = "occurred_at"
SERVICE: Final = "participation.service_id"
STAGE: Final = "participation.stage"
REFERRAL: Final = "referral_ref"


@dataclass(frozen=True, slots=True)
class EventField:
    """A field: its block (none in the envelope), how a cell is read for it, if it must be there.

    `takes_many` where a value is a list, to which several columns can add.
    """

    block: str | None
    name: str
    convert: Convert
    is_required: bool = False
    takes_many: bool = False

    @property
    def path(self) -> str:
        """The field as a mapping names it."""
        return f"{self.block}.{self.name}" if self.block else self.name


def referral_ref(cell: Cell, habits: Habits) -> str:
    """Return a referral reference in capitals."""
    written = cells.text(cell, habits).upper()
    if not is_referral_ref(written):
        raise CellError("it is not a referral reference, or is mistyped")
    return written


def carried_number(cell: Cell, habits: Habits) -> str:
    """Return a passport number in its printed form."""
    try:
        return passport_number(cells.text(cell, habits))
    except MalformedError:
        raise CellError("it is not a passport number, or is mistyped") from None


_FORMS: Final[Mapping[str, Convert]] = {
    "identity.date_of_birth": cells.birthday,
    "identity.uln": identifiers.uln,
    "identity.ni_number": identifiers.ni_number,
    "contact.postcode": identifiers.postcode,
    "contact.phone": identifiers.phone,
    "contact.email": identifiers.email,
    "money.pay_pence": cells.pence,
}
"""Fields that people write in more than one way."""
_BY_TYPE: Final[Mapping[Any, Convert]] = {
    str: cells.text,
    date: cells.day,
    datetime: cells.moment,
    AwareDatetime: cells.moment,
    bool: cells.yes_or_no,
    int: cells.whole,
    float: cells.number,
}
_MANY: Final[Mapping[type, Convert]] = {str: cells.texts, int: cells.wholes}
ENVELOPE: Final[Mapping[str, EventField]] = {
    OCCURRED: EventField(None, OCCURRED, cells.moment),
    REFERRAL: EventField(None, REFERRAL, referral_ref),
}


@cache
def fields_of(event_type: str) -> Mapping[str, EventField]:
    """Return the fields of a type of event that a column can go to, by their path."""
    fields = dict(ENVELOPE)
    for block, model in blocks_of(EVENT_TYPES[event_type]).items():
        for name, info in model.model_fields.items():
            field = _field(block, name, info.annotation, is_required=info.is_required())
            if field is not None:
                fields[field.path] = field
    return fields


@cache
def blocks_of(event: type[Event]) -> Mapping[str, type[BaseModel]]:
    """Return the blocks of an event by name, in the contract's order."""
    found = {name: _bare(info.annotation) for name, info in event.model_fields.items()}
    return {
        name: kind
        for name, kind in found.items()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and name != "source"
    }


@cache
def choices_of(event_type: str, path: str) -> tuple[str, ...]:
    """Return the words of a field's closed list; none where it has no such list."""
    block, _, name = path.partition(".")
    model = blocks_of(EVENT_TYPES[event_type]).get(block)
    info = model.model_fields.get(name) if model else None
    if info is None:
        return ()
    kind = _bare(info.annotation)
    item = _bare(get_args(kind)[0]) if get_origin(kind) is tuple else kind
    return tuple(word.value for word in _choices(item)) if _is_list(item) else ()


def _field(block: str, name: str, annotation: Any, *, is_required: bool) -> EventField | None:
    kind = _bare(annotation)
    if get_origin(kind) is tuple:
        item = _bare(get_args(kind)[0])
        many = cells.words_of(_choices(item)) if _is_list(item) else _MANY.get(item)
        if isinstance(item, type) and issubclass(item, BaseModel):
            many = _titled(item)
        return many and EventField(block, name, many, is_required=is_required, takes_many=True)
    if _is_list(kind):
        return EventField(block, name, cells.word_of(_choices(kind)), is_required=is_required)
    convert = _FORMS.get(f"{block}.{name}") or _BY_TYPE.get(kind)
    return convert and EventField(block, name, convert, is_required=is_required)


def _titled(model: type[BaseModel]) -> Convert | None:
    """Return what reads texts as models that need one text each; None for those that need more."""
    needed = [name for name, info in model.model_fields.items() if info.is_required()]
    if len(needed) != 1 or _bare(model.model_fields[needed[0]].annotation) is not str:
        return None

    def read(cell: Cell, habits: Habits) -> Any:
        try:
            return tuple(model(**{needed[0]: part}) for part in cells.texts(cell, habits))
        except ValidationError as error:
            raise CellError(fault(error.errors(include_input=False)[0])) from None

    return read


def _is_list(kind: Any) -> bool:
    """Return whether a type is a closed list of words."""
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _choices(words: type[StrEnum]) -> tuple[StrEnum, ...]:
    """Return the words of a closed list, without the one that stands for a newer word."""
    return tuple(word for word in words if word != "unspecified")


def _bare(annotation: Any) -> Any:
    """Return the type under an annotation, a new name for a type, or a type that may be None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            parts = [part for part in get_args(annotation) if part is not NoneType]
            if len(parts) > 1:
                return annotation
            annotation = parts[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        else:
            return annotation
