import logging

from deploy.cli.process import utc_lines


def test_a_line_of_a_log_begins_with_its_time_in_utc() -> None:
    """Logs of several machines are read side by side."""
    record = logging.LogRecord("a.part", logging.WARNING, "", 0, "it is away", None, None)
    record.created = 1_780_315_200.5

    assert utc_lines().format(record) == "2026-06-01T12:00:00Z WARNING a.part: it is away"
