"""What the benchmark of matching found, drawn as SVG with matplotlib, of the extra `bench`.

The same figures give the same bytes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from consent_ledger.matching.answers import Thresholds
from tests.bench.matching.linking import Point

_COLOURS: Final = {"ours": "#0b5fa5", "Splink": "#b5541c"}
_SAME, _OTHERS = "#0b5fa5", "#b5541c"
_WORTH_A_LOOK: Final = 0.7
"""Precision from which on a matcher's answers are of any use."""
_LEAST_RECALL: Final = 0.5
_PANEL: Final = (3.6, 2.9)
_COLUMNS: Final = 4
_STYLE: Final = {
    "svg.fonttype": "none",
    "svg.hashsalt": "matching",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
}


class Panel(NamedTuple):
    """One plot beside others: the curve of each matcher, by its name."""

    title: str
    curves: Mapping[str, Sequence[Point]]


class Line(NamedTuple):
    """Costs by the number of people."""

    name: str
    by_people: Mapping[int, float]


class Plots:
    """Draws into a folder; without one, nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def recall_over_precision(self, name: str, panels: Sequence[Panel]) -> None:
        """Draw how much is found at which precision."""
        with self._figure(name, len(panels)) as axes:
            for ax, panel in zip(axes, panels, strict=False):
                for matcher, points in panel.curves.items():
                    seen = [point for point in points if point.precision >= _WORTH_A_LOOK]
                    ax.plot(
                        [point.precision for point in seen],
                        [point.recall for point in seen],
                        color=_COLOURS[matcher],
                        label=matcher,
                    )
                ax.set(title=panel.title, xlabel="precision", ylabel="recall")
                ax.set(xlim=(_WORTH_A_LOOK, 1.002), ylim=(_LEAST_RECALL, 1.01))
                ax.legend(loc="lower left")

    def scores(
        self, name: str, same: Counter[int], others: Counter[int], limits: Thresholds
    ) -> None:
        """Draw how the scores of candidates are spread, in bits: of one person, and of two."""
        with self._figure(name, 1, wide=True) as axes:
            for ax in axes:
                for counts, colour, label in (
                    (others, _OTHERS, "two people"),
                    (same, _SAME, "one person"),
                ):
                    bits = sorted(counts)
                    pairs = [counts[bit] for bit in bits]
                    ax.step(bits, pairs, where="post", color=colour, label=label)
                for score, text in ((limits.possible, "possible"), (limits.known, "known")):
                    ax.axvline(score, color="black", linestyle="--", linewidth=0.8)
                    ax.text(score + 0.4, 1.3, text, rotation=90, va="bottom")
                ax.set(yscale="log", xlabel="score, bits", ylabel="pairs of candidates a bit")
                ax.legend()

    def cost(self, name: str, lines: Sequence[Line], ylabel: str) -> None:
        """Draw what it costs among so many people."""
        with self._figure(name, 1, wide=True) as axes:
            for ax in axes:
                for line in lines:
                    people, costs = zip(*sorted(line.by_people.items()), strict=True)
                    ax.plot(people, costs, "o-", label=line.name)
                ax.set(xscale="log", xlabel="people registered", ylabel=ylabel)
                ax.set_ylim(bottom=0)
                ax.legend()

    @contextmanager
    def _figure(self, name: str, panels: int, *, wide: bool = False) -> Iterator[list[Any]]:
        if self._folder is None:
            yield []
            return
        matplotlib: Any = import_module("matplotlib")
        matplotlib.use("svg")
        pyplot: Any = import_module("matplotlib.pyplot")
        with pyplot.rc_context(_STYLE):
            columns = min(panels, _COLUMNS)
            rows = -(-panels // columns)
            size = (_PANEL[0] * columns * (2 if wide else 1), _PANEL[1] * rows)
            figure, axes = pyplot.subplots(rows, columns, squeeze=False, figsize=size)
            yield [ax for row in axes for ax in row]
            figure.tight_layout()
            self._folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(self._folder / f"{name}.svg", metadata={"Date": None})
            pyplot.close(figure)
