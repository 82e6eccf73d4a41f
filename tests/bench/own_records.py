"""A tray as kafka-python itself gives it: what readers are measured by stays what it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from consumers import tray_reader


@contextmanager
def clients_own_records() -> Iterator[None]:
    """Let trays be read by way of the client's own records while the block runs."""
    with patch.object(tray_reader, "take_tray_records", return_value=False):
        yield
