"""Where texts go: results to standard output, all else to standard error.

A pipe gets plain lines, a terminal Rich's tables and progress bars. A provider's text may hold
control characters, which a terminal would obey: they are replaced.
"""

import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol, runtime_checkable

from deploy.pages.text import clean, when
from schemas.errors import BusError


class Advance(Protocol):
    """Moves a progress bar."""

    def __call__(self, task: str, done: int, total: int | None) -> None:
        """Say how far a task is; `total` None is not known."""


@runtime_checkable
class Model(Protocol):
    """A pydantic model; pydantic itself takes longer to load than all that is needed here."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """Return its fields, fit for JSON where the mode is `json`."""


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


def new_file(file: Path, text: str) -> None:
    """Write a new file that nobody else may read, at no moment, and say so; one there stays."""
    with private_file(file) as stream:
        stream.write(text.encode())


@contextmanager
def private_file(file: Path) -> Iterator[BinaryIO]:
    """Give a new file to write, which nobody else may read at any moment, and say so at the end."""
    made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "wb") as stream:
        yield stream
    message(f"Written to {file}, which only you may read. Delete it once it is handed over.")


def demand_new(file: Path) -> None:
    """Raise BusError where a file that is to be written later is there, or has no folder."""
    if file.exists():
        raise BusError(f"{file} is there already.", "Name another file: no file is overwritten.")
    if not file.parent.is_dir():
        raise BusError(f"There is no folder {file.parent}.", "Make it, or name another file.")


def message(text: str) -> None:
    """Print a line for a person who watches."""
    print(clean(text), file=sys.stderr, flush=True)  # noqa: T201 - the one way to standard error


def failure(error: BusError) -> None:
    """Say what went wrong and what to do about it."""
    message(f"Error: {error.message}")
    if error.hint:
        message(error.hint)


def json_object(content: Mapping[str, Any] | Model) -> None:
    """Print one JSON object on one line."""
    print(json_text(content))  # noqa: T201 - as above


def json_text(content: Mapping[str, Any] | Model) -> str:
    """Return one JSON object as one line of text."""
    fields = content.model_dump(mode="json") if isinstance(content, Model) else content
    return json.dumps(fields, default=_as_json)


def json_lines(objects: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON object a line."""
    for content in objects:
        json_object(content)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, or that there is nothing; columns that hold only numbers are to the right."""
    filled = [[_cell(value) for value in row] for row in rows]
    if not filled:
        result(f"{title}: nothing")
        return
    is_number = [all(map(_is_number, values)) for values in zip(*filled, strict=True)]
    if sys.stdout.isatty():
        from deploy.cli.terminal import draw  # noqa: PLC0415 - Rich, only for a terminal

        draw(title, columns, filled, is_number)
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

        def begin(task: str, done: int, total: int | None) -> None:  # noqa: ARG001 - a bar's shape
            if task not in begun:
                begun.add(task)
                message(f"{task} ...")

        yield begin
        return
    from deploy.cli.terminal import progress_bars  # noqa: PLC0415 - Rich, only for a terminal

    with progress_bars() as advance:
        yield advance


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
        case Model():
            return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
