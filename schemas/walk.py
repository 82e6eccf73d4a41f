"""A strict walk over an Avro record's bytes that finds where each field begins.

It builds no values. It accepts one encoding only: the shortest, with each array in one piece, so
that a value cut out of the bytes equals the value decoded and encoded again. Refused are truncated
or left-over bytes, wrong union, enum and boolean values, numbers that are padded or out of range,
days and times outside the years 1 to 9999, infinite numbers, and text that is not UTF-8.

Binary layout: Apache Avro 1.12 specification, "Binary encoding".
"""

import math
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from typing_extensions import override

from schemas.errors import MalformedError, SchemaError

_INT_MAX: Final = 2**31 - 1
_LONG_MAX: Final = 2**63 - 1
_LONG_BYTES: Final = 10
_LIMITS: Final[Mapping[tuple[str, str | None], tuple[int, int]]] = {
    ("int", None): (-_INT_MAX - 1, _INT_MAX),
    ("long", None): (-_LONG_MAX - 1, _LONG_MAX),
    ("int", "date"): (-719_162, 2_932_896),
    ("long", "timestamp-millis"): (-62_135_596_800_000, 253_402_300_799_999),
}
_DOUBLE: Final = struct.Struct("<d")
_ARRAY_MAX: Final = 10_000


def compile_walk(schema: Mapping[str, Any]) -> Callable[[bytes, int], list[int]]:
    """Return a function that walks bytes of this record schema, starting at an offset.

    The function returns the offset of each top-level field and, last, the end of the bytes: a list
    of the number of fields plus one.

    Raises (the function):
        MalformedError: the bytes are not the one encoding of a record of this schema.

    """
    skips = [skip_of(field["type"], {}) for field in schema["fields"]]

    def walk(data: bytes, at: int) -> list[int]:
        offsets = [at]
        try:
            for skip in skips:
                at = skip.end(data, at)
                offsets.append(at)
        except IndexError:
            raise MalformedError("The value ends too early.") from None
        if at != len(data):
            raise MalformedError("The value ends too late, or a length in it is wrong.")
        return offsets

    return walk


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """Return the zig-zag number that begins at an offset, and where it ends.

    Raises:
        MalformedError: it is padded or longer than 64 bits.
        IndexError: the bytes end first.

    """
    byte = data[at]
    at += 1
    if byte < 0x80:  # noqa: PLR2004 - the continuation bit; nearly every length is one byte
        return (byte >> 1) ^ -(byte & 1), at
    raw, shift = byte & 0x7F, 7
    while True:
        byte = data[at]
        at += 1
        raw |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
        shift += 7
        if shift >= 7 * _LONG_BYTES:
            raise MalformedError("A number in the value is too long.")
    if byte == 0 or raw >> 64:
        raise MalformedError("A number in the value is padded or too long.")
    return (raw >> 1) ^ -(raw & 1), at


def write_long(number: int) -> bytes:
    """Return the zig-zag form that `read_long` reads of a number of at most 64 bits.

    Kafka writes the lengths and the differences within a record so, too.
    """
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def read_text(data: bytes, at: int) -> str:
    """Return the string that begins at an offset of bytes that were walked before."""
    length, at = read_long(data, at)
    return data[at : at + length].decode()


class Skip:
    """What skips a value. A class for each kind, and not a closure: compiled, its calls are C's."""

    def end(self, data: bytes, at: int) -> int:
        """Return where the value ends that begins at an offset.

        Raises:
            MalformedError: it is not the one encoding of a value of its kind.
            IndexError: the bytes end first.

        """
        raise NotImplementedError


def skip_of(schema: Any, names: dict[str, Skip]) -> Skip:
    """Return what skips a value of a schema; `names` holds the named types met so far, and more."""
    if isinstance(schema, list):
        if len(schema) != 2 or schema[0] != "null":  # noqa: PLR2004 - null and one type
            raise SchemaError("The contract knows only unions of null and one type.")
        return _Nullable(skip_of(schema[1], names))
    if isinstance(schema, str):
        return names[schema] if schema in names else skip_of({"type": schema}, names)
    kind = schema["type"]
    if kind == "array":
        return _Array(skip_of(schema["items"], names))
    if kind == "record":
        skip: Skip = _Record([skip_of(field["type"], names) for field in schema["fields"]])
    elif kind == "enum":
        skip = _Number(0, len(schema["symbols"]) - 1)
    elif (kind, schema.get("logicalType")) in _LIMITS:
        return _Number(*_LIMITS[kind, schema.get("logicalType")])
    elif kind in _PRIMITIVES:
        return _PRIMITIVES[kind]
    else:
        raise SchemaError(f"The contract has no place for the Avro type {kind}.")
    names[schema["name"]] = skip
    return skip


class _Record(Skip):
    def __init__(self, fields: list[Skip]) -> None:
        self._fields = fields

    @override
    def end(self, data: bytes, at: int) -> int:
        for field in self._fields:
            at = field.end(data, at)
        return at


class _Nullable(Skip):
    def __init__(self, value: Skip) -> None:
        self._value = value

    @override
    def end(self, data: bytes, at: int) -> int:
        index = data[at]
        if index == 0:
            return at + 1
        if index == 2:  # noqa: PLR2004 - zig-zag for branch 1
            return self._value.end(data, at + 1)
        raise MalformedError("A union in the value has no such branch.")


class _Array(Skip):
    def __init__(self, item: Skip) -> None:
        self._item = item

    @override
    def end(self, data: bytes, at: int) -> int:
        count, at = read_long(data, at)
        if count == 0:
            return at
        if not 0 < count <= _ARRAY_MAX:
            raise MalformedError("An array in the value is too long, or written in pieces.")
        for _ in range(count):
            at = self._item.end(data, at)
        if data[at] != 0:
            raise MalformedError("An array in the value is written in pieces.")
        return at + 1


class _Number(Skip):
    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    @override
    def end(self, data: bytes, at: int) -> int:
        value, at = read_long(data, at)
        if not self._low <= value <= self._high:
            raise MalformedError("A number or an enum's index in the value is out of range.")
        return at


class _Boolean(Skip):
    @override
    def end(self, data: bytes, at: int) -> int:
        if data[at] > 1:
            raise MalformedError("A boolean in the value is neither 0 nor 1.")
        return at + 1


class _Double(Skip):
    @override
    def end(self, data: bytes, at: int) -> int:
        end = at + _DOUBLE.size
        if end > len(data):
            raise MalformedError("The value ends too early.")
        if not math.isfinite(_DOUBLE.unpack_from(data, at)[0]):
            raise MalformedError("A number in the value is infinite or no number.")
        return end


class _String(Skip):
    @override
    def end(self, data: bytes, at: int) -> int:
        length, at = read_long(data, at)
        end = at + length
        if length < 0 or end > len(data):
            raise MalformedError("The value ends too early, or a text's length is wrong.")
        try:
            data[at:end].decode()
        except UnicodeDecodeError:
            raise MalformedError("A text in the value is not UTF-8.") from None
        return end


_PRIMITIVES: Final[Mapping[str, Skip]] = {
    "boolean": _Boolean(),
    "double": _Double(),
    "string": _String(),
}
