"""What a terminal gets instead of plain lines: Rich's tables and progress bars."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli.output import Advance
from deploy.pages.terminal_table import terminal_table


def draw(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], is_number: Sequence[bool]
) -> None:
    """Draw a table on standard output; columns of numbers are to the right."""
    console = Console(highlight=False)
    drawn = terminal_table(columns, rows, is_number, console.width)
    drawn.title, drawn.title_justify = title, "left"
    console.print(drawn)


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
