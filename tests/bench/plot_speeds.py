"""Draws how many events a second the filter takes beside its peers, from what benchmarks printed.

python -m tests.bench.plot_speeds FILTER.json SHARDS.json docs/performance.svg

The files are the JSON of `tests.bench.filter_speed` and `tests.bench.shards_speed`; it needs
matplotlib, of the extra `bench`. The same figures give the same bytes.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.kafka_connection import KafkaClient

_OURS, _PEERS = "#0b5fa5", "#b5541c"
_STYLE: Final = {"svg.fonttype": "none", "svg.hashsalt": "speeds", "font.size": 9}
_SIZE: Final = (7.2, 3.0)


class Bar(NamedTuple):
    """Events a second of one program."""

    name: str
    rate: float
    is_ours: bool


def main() -> None:
    """Draw the plot."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("filter", type=Path)
    parser.add_argument("shards", type=Path)
    parser.add_argument("drawing", type=Path)
    options = parser.parse_args()
    figures = (json.loads(path.read_text("utf-8")) for path in (options.filter, options.shards))
    draw(sorted(bars(*figures), key=lambda bar: bar.rate), options.drawing)


def bars(of_filter: Mapping[str, Any], of_shards: Mapping[str, Any]) -> Iterator[Bar]:
    """Yield the bars of two benchmarks' figures, the peers' that ran."""
    one = of_filter[KafkaClient.KAFKA_PYTHON]
    yield Bar("bare copy, kafka-python", one["copy_events_per_second"], is_ours=False)
    yield Bar(
        "projection alone, kafka-python and fastavro",
        one["plain_projection_events_per_second"],
        is_ours=False,
    )
    for client in KafkaClient:
        rate = of_filter[client]["filter_events_per_second"]
        yield Bar(f"the filter, everything on, {client}", rate, is_ours=True)
    yield Bar("the filter, two shards", of_shards["events_per_second"][1], is_ours=True)
    for peer, name in (("kafka_streams", "warm Kafka Streams"), ("quix_streams", "Quix Streams")):
        if isinstance(of_shards[peer], Mapping):
            rate = of_shards[peer]["warm_events_per_second"]
            yield Bar(f"projection alone, {name}", rate, is_ours=False)


def draw(found: list[Bar], path: Path) -> None:
    """Draw the bars, the quickest on top."""
    matplotlib: Any = import_module("matplotlib")
    matplotlib.use("svg")
    pyplot: Any = import_module("matplotlib.pyplot")
    with pyplot.rc_context(_STYLE):
        figure, ax = pyplot.subplots(figsize=_SIZE)
        drawn = ax.barh(
            [bar.name for bar in found],
            [bar.rate for bar in found],
            color=[_OURS if bar.is_ours else _PEERS for bar in found],
        )
        ax.bar_label(drawn, [f"{bar.rate:,.0f}" for bar in found], padding=3)
        ax.set(xlabel="events a second, each to three recipients")
        ax.set_xlim(right=1.15 * max(bar.rate for bar in found))
        ax.spines[["top", "right"]].set_visible(False)
        figure.tight_layout()
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)


if __name__ == "__main__":
    main()
