"""The benchmarks run from end to end, at their smallest; no figure is held here."""

import json
import subprocess
import sys
from typing import Any

from schemas.kafka_connection import KafkaClient


def test_the_filter_is_measured_beside_a_copy() -> None:
    """Three processes of a shard took every event that was published."""
    few = ("--participants", "20", "--events", "6000", "--client", KafkaClient.LIBRDKAFKA)
    figures = figures_of("filter_speed", *few)
    assert figures["events"] == 6_000
    assert figures[KafkaClient.LIBRDKAFKA]["filter_events_per_second"] > 0


def test_two_shards_are_measured_beside_one() -> None:
    """They took every event that was published, one after the other."""
    figures = figures_of("shards_speed", "--participants", "20", "--events", "600")
    assert figures["ratio"] > 0


def test_an_event_is_measured_among_few_and_among_many() -> None:
    """Of people, agreements, and earlier events of the person."""
    few = ("--participants", "40", "--agreements", "5", "--events-of-a-person", "60")
    figures = figures_of("scaling_speed", *few, "--events", "50")
    rows = ("participants", "agreements", "events_of_a_person")
    assert all(figures[row]["ratio"] > 0 for row in rows)


def test_withdrawals_are_measured_to_the_record_that_retracts() -> None:
    """Each changed the trays that it should and no other."""
    (figures,) = figures_of("withdrawal_speed", "--scene", "idle", "--withdrawals", "2")
    assert figures["withdrawals"] == 2
    assert figures["only_changed_trays_written"] is True


def test_withdrawals_are_measured_beside_a_sweep() -> None:
    """Somebody's were enforced before that of a person with very many events."""
    figures = figures_of("sweep_speed", "--events", "12000")
    assert figures["events_of_one_person"] == [3_000, 6_000, 12_000]
    assert all(scene["withdrawals"] > 0 for scene in figures["meanwhile_ms"].values())


def test_an_event_is_measured_to_where_it_is_read() -> None:
    """Each that was published was read in a tray."""
    (figures,) = figures_of("arrival_speed", "--rate", "50", "--seconds", "2")
    assert figures["events"] == figures["load_events"]
    assert figures["published_to_read_ms"]["p50"] > 0


def test_the_audit_is_measured_beside_a_reading() -> None:
    """It found nothing wrong in trays of two lengths."""
    figures = figures_of("audit_speed", "--participants", "20", "--events", "90")
    assert figures["records"] == [390, 1560]
    assert figures["differences"] == 0


def test_readers_are_measured_beside_a_reading() -> None:
    """Both read models were filled from their trays."""
    figures = figures_of("follower_speed", "--participants", "20", "--events", "90")
    assert [row["reader"] for row in figures["readers"]] == ["passport", "analytics"]
    assert all(row["followed_records_per_second"] > 0 for row in figures["readers"])


def test_passports_and_figures_are_made_anew_among_more_and_more_events() -> None:
    """By both readers, each of all records of its tray."""
    figures = figures_of("rebuild_speed", "--events", "60")
    assert [row["events"] for row in figures["rows"]] == [60, 120, 240]
    for row in figures["rows"]:
        assert all(rate > 0 for rate in row["records_per_second"].values())


def test_the_inbox_is_measured_beside_a_reading() -> None:
    """Both read the whole tray."""
    figures = figures_of("inbox_speed", "--participants", "20", "--events", "90")
    assert figures["http_records_per_second"] > 0
    assert figures["ratio"] > 0


def test_the_gateway_is_measured_beside_the_publisher() -> None:
    """Every batch was accepted."""
    figures = figures_of("gateway_speed", "--events", "200")
    assert figures["events"] == 600
    assert figures["ratio"] > 0


def test_tables_are_measured_beside_validation() -> None:
    """Every row became an event, and a process of its own told its memory."""
    figures = figures_of("tables_speed", "--rows", "500")
    assert figures["imported_rows_per_second"] > 0
    assert figures["peak_megabytes_xlsx"] > 0


def test_matching_is_measured_through_the_register() -> None:
    """Its rows in bulk are the register's own; everybody is found, kept, counted and imported."""
    parts = [f"--part={part}" for part in ("londoners", "cost", "import")]
    few = ("--people=200", "--registered=200", "--sample=12", "--learners=40")
    figures = figures_of("matching.benchmark", *parts, *few, "--without-splink")
    assert figures["londoners"]["wrong_known"] == 0
    assert [row["people"] for row in figures["cost"]] == [200]
    assert figures["import"]["learners"] == 40


def figures_of(benchmark: str, *options: str) -> Any:
    """Return what a benchmark prints, whether or not its limits hold on this machine."""
    done = subprocess.run(  # noqa: S603 - this Python, our own program
        [sys.executable, "-m", f"tests.bench.{benchmark}", *options],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
