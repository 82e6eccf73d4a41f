"""Three habits of kafka-python: two that would turn into failures of ours, one that takes time."""

import hashlib
import warnings
from functools import cache

import pytest

with warnings.catch_warnings():
    # it reads its own files in a way that Python 3.11 and 3.12 deprecate
    warnings.filterwarnings("ignore", r"(read|open)_text is deprecated", DeprecationWarning)
    import kafka  # noqa: F401 - only the first import warns

# it leaves sockets to the garbage collector: of every connection that failed (net/inet.py), and of
# one that had something left to write when its client was closed (net/transport.py: what would
# close it is cancelled). A test in which a broker is away leaks some, which tests after it in the
# same process collect; they are known by having nobody at their other end
LOST_CONNECTION = r"ignore:unclosed <socket.*laddr=\('[\d.]+', \d+\)>:ResourceWarning"

FAILED_HANDSHAKE = "ignore:unclosed <ssl.SSLSocket:ResourceWarning"
"""The same of a connection whose certificate was not trusted."""

# it derives the key anew for each connection, 4 ms of processor time: an eighth of some tests
hashlib.pbkdf2_hmac = cache(hashlib.pbkdf2_hmac)  # type: ignore[assignment]  # it is given bytes


def pytest_cmdline_main(config: pytest.Config) -> None:
    """Add the filters before the run is configured: sockets are collected until its very end."""
    config.addinivalue_line("filterwarnings", LOST_CONNECTION)
    config.addinivalue_line("filterwarnings", FAILED_HANDSHAKE)
