from datetime import UTC, datetime, timedelta

from consent_ledger.rights.compaction import (
    CLEANING,
    CompactionSettings,
    keys_gone_by,
    values_gone_by,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000
USUAL = CompactionSettings(HOUR_MS, 6 * HOUR_MS, 720 * HOUR_MS, 60_000)


def test_values_go_once_the_segment_is_old_a_tick_has_closed_it_and_the_cleaner_came() -> None:
    """Segment, tick, compaction lag, deletion delay, cleaning."""
    wanted = NOW + 8 * HOUR + timedelta(minutes=1) + CLEANING

    assert values_gone_by(NOW, [USUAL], HOUR) == wanted


def test_keys_stay_for_recipients_that_were_away_and_go_in_a_later_cleaning() -> None:
    """Two rounds, and the retention of deletions in between."""
    round_of_one = values_gone_by(NOW, [USUAL], HOUR) - NOW

    assert keys_gone_by(NOW, [USUAL], HOUR) == NOW + 2 * round_of_one + 720 * HOUR


def test_the_slowest_topic_counts() -> None:
    """Whatever the others are set to."""
    slow = USUAL._replace(max_compaction_lag_ms=100 * HOUR_MS)

    for deadline in (values_gone_by, keys_gone_by):
        assert deadline(NOW, [USUAL, slow], HOUR) == deadline(NOW, [slow], HOUR)
        assert deadline(NOW, [], HOUR) == NOW
