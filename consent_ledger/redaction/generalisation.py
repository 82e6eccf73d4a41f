"""Fields in the form in which an agreement shares them; what it does not name is left out.

What is left out is empty: null, no items, or, where the schema has neither, the empty text, 0 or
the schema's default stage. Where nothing is left there is no block: an empty one would show that
something finer is held. Participation stays: it is the gate, and there is no record without it.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from schemas.categories import Category
from schemas.errors import SchemaError
from schemas.field_forms import FIELD_KINDS, FieldForm, FieldKind, Shape

Fields = dict[str, Any]
Generalise = Callable[[Any], Any]
"""Takes a field's value, which is not null; returns None to leave it out."""

BIRTH_BAND_YEARS: Final = 5
PRESENT: Final = "present"
_EMPTY: Final[Mapping[str, Any]] = {
    "string": "",
    "boolean": False,
    "int": 0,
    "long": 0,
    "double": 0.0,
    "array": [],
}


def generalise_block(
    block: Category,
    schema: Mapping[str, Any],
    forms: Mapping[str, FieldForm],
    services: Collection[str],
) -> Callable[[Fields], Fields | None]:
    """Return what makes of a block's fields what is shared of them; None where that is nothing.

    `schema` is the block's record, `forms` are an agreement's by the fields' paths, and `services`
    are those that the ledger knows: any other is left out.
    """
    shape = _record(block.value, schema, forms, services)
    nothing = empty(schema)

    def generalise(fields: Fields) -> Fields | None:
        shared = shape(fields)
        is_closed = shared == nothing and block is not Category.PARTICIPATION
        return None if is_closed else shared

    return generalise


def empty(schema: Any) -> Any:
    """Return the value of a type of the contract that says nothing."""
    if isinstance(schema, list):
        return None
    if isinstance(schema, str):
        return _EMPTY[schema]
    kind = schema["type"]
    if kind == "record":
        return {field["name"]: empty(field["type"]) for field in schema["fields"]}
    if kind == "enum":
        return schema.get("default", schema["symbols"][0])
    return _EMPTY[kind]


def beginning(moment: Any, form: FieldForm) -> Any:
    """Return the first day of the month or quarter, or the day itself, of a date or a time.

    A time becomes the start of that day in UTC.
    """
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
    if form is not FieldForm.DAY:
        month = day.month if form is FieldForm.MONTH else (day.month - 1) // 3 * 3 + 1
        day = day.replace(month=month, day=1)
    if isinstance(moment, datetime):
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return day


def generalise_field(form: FieldForm, kind: FieldKind, services: Collection[str]) -> Generalise:
    """Return what brings a field of a kind into a form."""
    rules: Mapping[FieldForm, Generalise] = {
        FieldForm.AS_IS: lambda value: _as_is(value, kind, services),
        FieldForm.DAY: lambda value: beginning(value, form),
        FieldForm.MONTH: lambda value: beginning(value, form),
        FieldForm.QUARTER: lambda value: beginning(value, form),
        FieldForm.BAND: lambda value: _band(value, kind),
        FieldForm.AREA: lambda value: value if value in kind.codes else None,
        FieldForm.CODE: lambda value: value if value in kind.codes else None,
        FieldForm.PROVIDER: lambda value: value.partition(".")[0] if value in services else None,
        FieldForm.PRESENT: lambda value: PRESENT if value else None,
        FieldForm.LEFT_OUT: lambda _: None,
    }
    return rules[form]


def _as_is(value: Any, kind: FieldKind, services: Collection[str]) -> Any:
    if kind.kind is Shape.SERVICE:
        return value if value in services else None
    if kind.kind is Shape.NUMBER:
        return value if kind.bands[0] <= value <= kind.bands[-1] else None
    return value


def _band(value: Any, kind: FieldKind) -> Any:
    if isinstance(value, date):
        return value.replace(
            year=max(1, value.year - value.year % BIRTH_BAND_YEARS), month=1, day=1
        )
    if not kind.bands[0] <= value <= kind.bands[-1]:
        return None
    ends = kind.bands[:-1]
    return type(value)(ends[bisect_right(ends, value) - 1])


def _record(
    path: str, schema: Mapping[str, Any], forms: Mapping[str, FieldForm], services: Collection[str]
) -> Callable[[Fields], Fields]:
    shapes = {
        field["name"]: _value(f"{path}.{field['name']}", field["type"], forms, services)
        for field in schema["fields"]
    }

    def record(fields: Fields) -> Fields:
        return {name: shape(fields[name]) for name, shape in shapes.items()}

    return record


def _value(
    path: str, schema: Any, forms: Mapping[str, FieldForm], services: Collection[str]
) -> Generalise:
    kind = schema[1] if isinstance(schema, list) else schema
    nothing = empty(schema)
    if isinstance(kind, dict) and kind["type"] == "record":
        raise SchemaError(f"{path} is a record within a block, which no agreement can name.")
    items = kind["items"] if isinstance(kind, dict) and kind["type"] == "array" else None
    if isinstance(items, dict) and items["type"] == "record":
        below = _record(path, items, forms, services)
        is_shared = any(
            name.startswith(f"{path}.") and form is not FieldForm.LEFT_OUT
            for name, form in forms.items()
        )
        return lambda values: (
            [below(value) for value in values] if values and is_shared else nothing
        )
    form = forms.get(path, FieldForm.LEFT_OUT)
    if form is FieldForm.LEFT_OUT:
        return lambda _: nothing
    generalise = generalise_field(form, FIELD_KINDS[path], services)
    if items is not None:
        return _list(generalise, form, nothing)

    def value(held: Any) -> Any:
        shared = generalise(held) if held is not None else None
        return nothing if shared is None else shared

    return value


def _list(generalise: Generalise, form: FieldForm, nothing: Any) -> Generalise:
    """Return what brings a list into a form; `nothing` is null, or no items."""
    if form is FieldForm.PRESENT:  # not how many there are
        return lambda values: [PRESENT] if values and any(values) else nothing

    def items(values: Any) -> Any:
        shared = [kept for value in values or () if (kept := generalise(value)) is not None]
        return shared or nothing

    return items
