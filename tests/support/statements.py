"""How many statements something sends to PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def counted_statements(engine: Engine) -> Iterator[list[int]]:
    """Give a list with a number for each execution: rows that are sent one by one count each."""
    counts: list[int] = []

    def keep(*parameters: Any) -> None:
        counts.append(len(parameters[3]) if parameters[5] else 1)

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield counts
    finally:
        event.remove(engine, "before_cursor_execute", keep)
