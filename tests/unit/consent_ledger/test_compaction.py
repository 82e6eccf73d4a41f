from datetime import UTC, datetime, timedelta

from consent_ledger.rights.compaction import (
    CLEANING,
    CompactionSettings,
    RetentionSettings,
    expired_before,
    expired_by,
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


def test_what_is_not_compacted_goes_with_the_age_of_the_newest_record_in_its_segment() -> None:
    """Retention, the time a segment takes records in, deletion delay, the broker's look."""
    week = RetentionSettings(168 * HOUR_MS, HOUR_MS, 60_000)

    assert expired_by(NOW, [week]) == NOW + 169 * HOUR + timedelta(minutes=1) + CLEANING
    assert expired_by(NOW, []) == NOW


def test_what_has_expired_by_now_is_older_than_the_slowest_topic_keeps_it() -> None:
    """The other way round; where there is no topic nobody knows."""
    week = RetentionSettings(168 * HOUR_MS, HOUR_MS, 60_000)
    month = week._replace(retention_ms=720 * HOUR_MS)
    moment = expired_before(NOW, [month, week])

    assert moment is not None
    assert expired_by(moment, [month]) == NOW
    assert expired_before(NOW, []) is None


def test_a_topic_that_keeps_everything_never_loses_it() -> None:
    """It is said, not worked out as a moment in the past."""
    week, for_ever = (RetentionSettings(one, HOUR_MS, 0) for one in (168 * HOUR_MS, -1))

    assert expired_before(NOW, [week, for_ever]) is None
    assert expired_by(NOW, [week, for_ever]) is None
