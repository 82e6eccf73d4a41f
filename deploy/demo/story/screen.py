"""How the story is shown: chapters, short sentences, tables, and a progress bar.

Without a terminal it is plain text of 80 columns, and there are no bars.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from textwrap import wrap
from typing import Final, Protocol

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from deploy.pages.terminal_table import terminal_table

_WIDEST: Final = 100
_INDENT: Final = 2


class AdvanceBar(Protocol):
    """Moves a bar."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show how much is done so far; `total` where it was not known before."""


class Screen:
    """Shows the story on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._console.width = min(console.width, _WIDEST)

    def title(self, text: str) -> None:
        """Begin."""
        self._console.print()
        self._console.print(Text(text, "bold"))

    def chapter(self, number: int, title: str) -> None:
        """Begin a chapter."""
        self._console.print()
        self._console.print(Text(f"{number}. {title}", "bold cyan"))

    def say(self, text: str) -> None:
        """Print a paragraph."""
        self._paragraph(text, "")

    def step(self, text: str) -> None:
        """Print what is being started or stopped; the terminal may be gone without an error."""
        with suppress(OSError):
            self._paragraph(text, "dim")

    def warn(self, text: str) -> None:
        """Print what is wrong."""
        self._paragraph(text, "bold red")

    def took(self, seconds: float) -> None:
        """End a chapter."""
        self._paragraph(f"({seconds:.1f} s)", "dim")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Show a table; columns of only numbers are right-aligned. None is an empty cell."""
        filled = [[_cell(value) for value in row] for row in rows]
        is_number = [all(_is_number(row[at]) for row in filled) for at in range(len(columns))]
        drawn = terminal_table(columns, filled, is_number, self._console.width - _INDENT)
        self._console.print()
        self._console.print(Padding(drawn, (0, 0, 0, _INDENT), expand=False))
        self._console.print()

    @contextmanager
    def working(self, what: str, total: int | None = None) -> Iterator[AdvanceBar]:
        """Show a spinner while the block runs; with a total, a progress bar.

        The total may be 0 until more is known.
        """
        bar = () if total is None else (BarColumn(bar_width=30), MofNCompleteColumn())
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            *bar,
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        ) as progress:
            task = progress.add_task(what, total=total or None)

            def advance(done: int, total: int | None = None) -> None:
                progress.update(task, completed=done, total=total)

            yield advance

    def _paragraph(self, text: str, style: str) -> None:
        width = self._console.width - _INDENT
        for line in wrap(text, width, break_long_words=False, break_on_hyphens=False):
            self._console.print(Text(" " * _INDENT + line, style), soft_wrap=True)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case int():
            return f"{value:,}"
    return str(value)


def _is_number(text: str) -> bool:
    return not text.removesuffix(" ms").strip("0123456789,.-")
