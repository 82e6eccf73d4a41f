"""Arrays of thousands as one text each: the driver writes an array item by item, ten times slower.

A statement about a set of people has an array a column, and a place in them for each row.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Dialect, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

_SPECIAL: Final = re.compile(r'[\\"]')


class ArrayText(TypeDecorator[Sequence[Any]]):
    """An array of texts, bytes, whole numbers or truth values, none of them null."""

    impl = ARRAY
    cache_ok = True

    @override
    def bind_processor(self, dialect: Dialect) -> Callable[[Iterable[Any] | None], str]:
        # not cast from a text: the planner sees how long the array is
        return array_text


def array_of(name: str, item: type[TypeEngine[Any]]) -> BindParameter[Any]:
    """Return the parameter of this name that takes a sequence of such items."""
    return bindparam(name, type_=ArrayText(item))


def array_text(items: Iterable[Any] | None) -> str:
    """Return PostgreSQL's text of an array of items of one kind; of None, of an empty one."""
    given = list(items or ())
    if given and isinstance(given[0], bytes):
        return '{"\\\\x' + '","\\\\x'.join(map(bytes.hex, given)) + '"}'
    if given and isinstance(given[0], str):
        is_plain = _SPECIAL.search("".join(given)) is None
        return '{"' + '","'.join(given if is_plain else map(_escaped, given)) + '"}'
    return "{" + ",".join(map(str, given)) + "}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
