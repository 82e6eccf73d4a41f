"""Rows added by one statement, an array a column: however many there are, its text is the same."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Insert, Table, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY


def adding(table: Table, columns: Sequence[str]) -> Insert:
    """Return the statement that adds rows with these columns; `in_arrays` gives its parameters."""
    arrays = (func.unnest(bindparam(name, type_=ARRAY(table.c[name].type))) for name in columns)
    return insert(table).from_select(list(columns), select(*arrays))


def in_arrays(columns: Sequence[str], rows: Collection[Sequence[Any]]) -> dict[str, list[Any]]:
    """Return rows, of which there is one at least, as an array for each of these columns."""
    return {
        name: list(values) for name, values in zip(columns, zip(*rows, strict=True), strict=True)
    }
