"""Free TCP ports on the loopback address, for servers that are started here."""

import secrets
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"

# Below the ranges from which Linux (32768 up), macOS and Windows (49152 up) number outgoing
# connections. From inside those ranges a client that reconnects while its server is away may be
# given the server's own port, and then the server cannot come back.
LOWEST: Final = 15_000
HIGHEST: Final = 29_999


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as servers do: connections of a server that has just ended do not count as taken
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> tuple[int, ...]:
    """Pick that many different free loopback ports, at random so that two runs seldom meet."""
    chosen: dict[int, None] = {}
    while len(chosen) < count:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST + 1)
        if is_free(port):
            chosen[port] = None
    return tuple(chosen)
