"""Where texts go: results to standard output, all else to standard error.

A pipe gets plain lines, a terminal Rich's tables and progress bars. A provider's text may hold
control characters, which a terminal would obey: they are replaced.
"""

import json
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Protocol

from pydantic import BaseModel
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from deploy.pages.text import clean, when
from schemas.errors import BusError


class Advance(Protocol):
    """Moves a progress bar."""

    def __call__(self, task: str, done: int, total: int | None) -> None:
        """Say how far a task is; `total` None is not known."""


def prepare_streams() -> None:
    """Make ready for terminals that lack characters, and keep libraries from talking between."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a TextIOWrapper
    kafka_log = logging.getLogger("kafka")  # what matters of it comes as an error of ours
    kafka_log.addHandler(logging.NullHandler())
    kafka_log.propagate = False


def result(text: str = "") -> None:
    """Print a line of the result."""
    print(clean(text))  # noqa: T201 - the one way to standard output


def verbatim(text: str) -> None:
    """Print a text that another program checks byte for byte, as UTF-8 in any locale."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())


def message(text: str) -> None:
    """Print a line for whoever watches."""
    print(clean(text), file=sys.stderr, flush=True)  # noqa: T201 - the one way to standard error


def failure(error: BusError) -> None:
    """Say what went wrong and what to do about it."""
    message(f"Error: {error.message}")
    if error.hint:
        message(error.hint)


def json_object(content: Mapping[str, Any] | BaseModel) -> None:
    """Print one JSON object on one line."""
    print(json_text(content))  # noqa: T201 - as above


def json_text(content: Mapping[str, Any] | BaseModel) -> str:
    """Return one JSON object as one line of text."""
    fields = content.model_dump(mode="json") if isinstance(content, BaseModel) else content
    return json.dumps(fields, default=_as_json)


def json_lines(objects: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON object a line."""
    for one in objects:
        json_object(one)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, or that there is nothing; columns that hold numbers alone are to the right."""
    filled = [[_cell(value) for value in row] for row in rows]
    if not filled:
        result(f"{title}: nothing")
        return
    is_number = [all(map(_is_number, values)) for values in zip(*filled, strict=True)]
    if sys.stdout.isatty():
        _draw(title, columns, filled, is_number)
        return
    widths = [max(map(len, values)) for values in zip(columns, *filled, strict=True)]
    result(title)
    for row in (columns, *filled):
        cells = zip(row, widths, is_number, strict=True)
        line = "  ".join(
            text.rjust(width) if to_right else text.ljust(width) for text, width, to_right in cells
        )
        result(f"  {line}".rstrip())


@contextmanager
def progress() -> Iterator[Advance]:
    """Give a progress bar on standard error: in a pipe, one line for each task that begins."""
    if not sys.stderr.isatty():
        begun: set[str] = set()

        def tell(task: str, done: int, total: int | None) -> None:  # noqa: ARG001 - a bar's shape
            if task not in begun:
                begun.add(task)
                message(f"{task} ...")

        yield tell
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def advance(task: str, done: int, total: int | None) -> None:
            if task not in tasks:
                tasks[task] = bars.add_task(task, total=total)
            bars.update(tasks[task], completed=done, total=total)

        yield advance


def counted(count: int, what: str) -> str:
    """Return a count with its noun, such as `1 event` or `2 events`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _draw(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], is_number: Sequence[bool]
) -> None:
    drawn = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name, to_right in zip(columns, is_number, strict=True):
        drawn.add_column(name, justify="right" if to_right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console(highlight=False).print(drawn)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case datetime():
            return when(value)
    return clean(str(value)).replace("\n", " ")


def _is_number(text: str) -> bool:
    return text.replace(",", "").isdigit()


def _as_json(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case set() | frozenset():
            return sorted(value)
        case BaseModel():
            return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
