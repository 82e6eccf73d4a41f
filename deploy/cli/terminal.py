"""What a terminal gets instead of plain lines: Rich's tables and progress bars."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from deploy.cli.output import Advance


def draw(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], is_number: Sequence[bool]
) -> None:
    """Draw a table on standard output; columns of numbers are to the right."""
    drawn = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name, to_right in zip(columns, is_number, strict=True):
        drawn.add_column(name, justify="right" if to_right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console(highlight=False).print(drawn)


@contextmanager
def progress_bars() -> Iterator[Advance]:
    """Give a bar for each task, on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def advance(task: str, done: int, total: int | None) -> None:
            if task not in tasks:
                tasks[task] = bars.add_task(task, total=total)
            bars.update(tasks[task], completed=done, total=total)

        yield advance
