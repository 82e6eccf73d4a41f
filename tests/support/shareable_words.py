"""Every word that a pseudonymous tray may hold: codes of closed lists, and words of the schemas."""

from collections.abc import Iterator
from typing import Any, Final

from schemas.field_forms import FIELD_KINDS
from schemas.registry import locked_schemas


def symbols(schema: Any) -> Iterator[str]:
    """Yield the words of every closed list of a schema."""
    for part in schema if isinstance(schema, list) else [schema]:
        if isinstance(part, dict):
            yield from part.get("symbols", ())
            for field in part.get("fields", ()):
                yield from symbols(field["type"])
            yield from symbols(part.get("items"))


CODES: Final = frozenset(str(code) for kind in FIELD_KINDS.values() for code in kind.codes)
CHOICES: Final = frozenset(
    word for schema in locked_schemas().values() for word in symbols(schema.json)
)
