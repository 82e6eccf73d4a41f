"""What the plot of speeds shows."""

from typing import Any

from tests.bench.plot_speeds import bars

FILTER = {
    name: {
        "copy_events_per_second": 9,
        "plain_projection_events_per_second": 2,
        "filter_events_per_second": rate,
    }
    for name, rate in (("kafka-python", 5), ("librdkafka", 6))
}


def test_every_program_that_ran_is_a_bar() -> None:
    """A peer whose runtime was not there is none."""
    shards: dict[str, Any] = {"events_per_second": [5, 8, 5]}
    missing = shards | {"kafka_streams": "no javac", "quix_streams": "no Quix Streams"}
    there = shards | {
        "kafka_streams": {"warm_events_per_second": 50},
        "quix_streams": {"warm_events_per_second": 3},
    }

    rates = [(bar.rate, bar.is_ours) for bar in bars(FILTER, missing)]
    with_both = [(bar.rate, bar.is_ours) for bar in bars(FILTER, there)]

    assert rates == [(9, False), (2, False), (5, True), (6, True), (8, True)]
    assert with_both == [*rates, (50, False), (3, False)]
