"""A block of which a tray shows some fields, each in a form, and how it must stand there."""

import io
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Final

import fastavro

from consent_ledger.audit.encoded_fields import CLOSED, OPEN
from consent_ledger.verification.expected_fields import SharedPart
from schemas.registry import LockedSchema

_REMEMBERED: Final = 1_000
"""Of each field: a code, a band or a day repeats."""


class CoarseBlock:
    """One block of one schema, as one tray shows it.

    `forms` are those of the block's fields that are shared, `services` those that are known.
    """

    def __init__(
        self,
        schema: LockedSchema,
        block: str,
        forms: Mapping[str, str],
        services: Mapping[str, bool],
    ) -> None:
        (kind,) = (field["type"][1] for field in schema.json["fields"] if field["name"] == block)
        self._part = SharedPart(block, kind, forms, services)
        shared = {path.split(".")[1] for path in forms}
        self._nothing: list[bytes] = [OPEN]
        self._shared: list[tuple[int, str, Callable[[Any], bytes], Callable[[Any], bytes]]] = []
        for place, field in enumerate(kind["fields"], start=1):
            write = partial(_written, fastavro.parse_schema(field["type"]))
            self._nothing.append(write(self._part.nothing[field["name"]]))
            if field["name"] in shared:
                remembered = lru_cache(maxsize=_REMEMBERED)(write)
                self._shared.append((place, field["name"], write, remembered))

    def encoded(self, fields: Mapping[str, Any]) -> bytes:
        """Return what must stand in place of a block with these fields."""
        shown = self._part.of(fields)
        if shown is None:
            return CLOSED
        parts = list(self._nothing)
        for place, name, write, remembered in self._shared:
            value = shown[name]
            # a list cannot be a key, and to a look-up -0.0 is 0.0
            parts[place] = write(value) if isinstance(value, list | float) else remembered(value)
        return b"".join(parts)


def _written(kind: Any, value: Any) -> bytes:
    body = io.BytesIO()
    fastavro.schemaless_writer(body, kind, value)
    return body.getvalue()
