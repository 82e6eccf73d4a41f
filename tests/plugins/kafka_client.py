"""Habits of kafka-python that would turn into failures of ours, and one that takes time."""

import hashlib
import warnings
import weakref
from functools import cache
from typing import Any

import pytest

with warnings.catch_warnings():
    # it reads its own files in a way that Python 3.11 and 3.12 deprecate
    warnings.filterwarnings("ignore", r"(read|open)_text is deprecated", DeprecationWarning)
    from kafka.net.transport import KafkaTCPTransport  # only the first import warns

# it leaves sockets to the garbage collector: of every connection that failed (net/inet.py). A test
# in which a broker is away leaks some, which tests after it in the same process collect; they are
# known by having nobody at their other end
LOST_CONNECTION = r"ignore:unclosed <socket.*laddr=\('[\d.]+', \d+\)>:ResourceWarning"

FAILED_HANDSHAKE = "ignore:unclosed <ssl.SSLSocket:ResourceWarning"
"""The same of a connection whose certificate was not trusted."""

_close = KafkaTCPTransport.close


def _close_at_last(transport: Any) -> None:
    """Close a connection, at the latest when it is collected.

    Where something is left to write when its client is closed, what would close its socket after
    that is cancelled (net/transport.py).
    """
    if transport._sock is not None:
        weakref.finalize(transport, transport._sock.close)
    _close(transport)


KafkaTCPTransport.close = _close_at_last

# it derives the key anew for each connection, 4 ms of processor time: an eighth of some tests
hashlib.pbkdf2_hmac = cache(hashlib.pbkdf2_hmac)  # type: ignore[assignment]  # it is given bytes


def pytest_cmdline_main(config: pytest.Config) -> None:
    """Add the filters before the run is configured: sockets are collected until its very end."""
    config.addinivalue_line("filterwarnings", LOST_CONNECTION)
    config.addinivalue_line("filterwarnings", FAILED_HANDSHAKE)
