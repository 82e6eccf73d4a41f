"""Habits of kafka-python that would turn into failures of ours, and one that takes time."""

import hashlib
import socket
import warnings
from functools import cache
from typing import Any

import pytest

with warnings.catch_warnings():
    # it reads its own files in a way that Python 3.11 and 3.12 deprecate
    warnings.filterwarnings("ignore", r"(read|open)_text is deprecated", DeprecationWarning)
    from kafka.net.inet import KafkaNetSocket  # only the first import warns

FAILED_HANDSHAKE = "ignore:unclosed <ssl.SSLSocket:ResourceWarning"
"""Of a connection whose certificate was not trusted: TLS has a socket of its own kind."""


class SelfClosingSocket(socket.socket):
    """A socket that is closed when it is collected, and says nothing about it.

    The client leaves sockets to the garbage collector: of a connection that failed, of one that it
    is cancelled in the middle of (net/inet.py), of one with something left to write when it is
    closed (net/transport.py). Tests that come after in the same process collect them.
    """

    def __del__(self) -> None:
        self.close()


def _socket(_: Any, family: int, kind: int, protocol: int) -> socket.socket:
    return SelfClosingSocket(family, kind, protocol)


KafkaNetSocket.socket = _socket

# it derives the key anew for each connection, 4 ms of processor time: an eighth of some tests
hashlib.pbkdf2_hmac = cache(hashlib.pbkdf2_hmac)  # type: ignore[assignment]  # it is given bytes


def pytest_cmdline_main(config: pytest.Config) -> None:
    """Add the filter before the run is configured: sockets are collected until its very end."""
    config.addinivalue_line("filterwarnings", FAILED_HANDSHAKE)
