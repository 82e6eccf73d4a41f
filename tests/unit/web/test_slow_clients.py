"""Each wait for a client has an end, on a real server; the times are shortened here."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from deploy.web.guard import slow_clients

SOON = 0.4
PATIENCE = 15.0
REQUEST = b"GET /subjects HTTP/1.1\r\nhost: localhost\r\n\r\n"


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """Give a connection on which nothing is waited for in vain for long."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        yield connection


def is_answered(connection: socket.socket) -> bool:
    """Ask, and tell whether the whole answer comes."""
    answer = b""
    with suppress(ConnectionError):
        connection.sendall(REQUEST)
        while not answer.endswith(b'value"]'):
            answer += connection.recv(65536) or b'value"]'
    return answer.startswith(b"HTTP/1.1 200 OK")


def is_over(connection: socket.socket) -> bool:
    """Wait until the other side has ended; what it sends is read away."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def drip(connection: socket.socket, byte: bytes) -> bool:
    """Send a byte twenty times a second; return whether that was ended."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            connection.sendall(byte)
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_a_connection_that_says_nothing_is_ended(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its first moment on."""
    monkeypatch.setattr(slow_clients, "HEAD_SECONDS", SOON)
    with connected(port) as connection:
        assert is_over(connection)


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "next"])
def test_a_head_that_drips_is_ended(
    port: int, monkeypatch: pytest.MonkeyPatch, *, is_first: bool
) -> None:
    """Also that of a later request of a connection."""
    monkeypatch.setattr(slow_clients, "HEAD_SECONDS", SOON)
    with connected(port) as connection:
        assert is_first or is_answered(connection)
        connection.sendall(b"GET / HTTP/1.1\r\nhost: ")
        assert drip(connection, b"x")


def test_a_connection_that_is_idle_between_requests_is_ended(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the server's own time for that."""
    monkeypatch.setattr(slow_clients, "HEAD_SECONDS", 600)
    with connected(port) as connection:
        connection.sendall(REQUEST)
        assert is_over(connection)


def test_the_rest_of_a_body_that_nobody_reads_is_not_waited_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was answered 401 at its head; the answer is there to be read meanwhile."""
    monkeypatch.setattr(slow_clients, "REST_SECONDS", SOON)
    head = b"POST /consent/show HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9000000\r\n\r\n"
    with connected(port) as connection:
        connection.sendall(head)
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert drip(connection, b" ")


def test_an_answer_that_is_not_taken_is_not_kept(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody asks on and on, and reads nothing."""
    monkeypatch.setattr(slow_clients, "TAKING_SECONDS", SOON)
    ask = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with connected(port) as connection:
        connection.settimeout(0.05)
        until = time.monotonic() + PATIENCE
        ended = False
        while not ended and time.monotonic() < until:
            try:
                connection.sendall(ask * 10)
            except TimeoutError:
                continue
            except OSError:
                ended = True
        assert ended


def test_requests_one_after_another_are_answered_on_one_connection(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than any of the times: nobody is ended who is not slow."""
    for name in ("HEAD_SECONDS", "REST_SECONDS", "TAKING_SECONDS"):
        monkeypatch.setattr(slow_clients, name, SOON)
    with connected(port) as connection:
        for _ in range(12):
            assert is_answered(connection)
            time.sleep(0.1)


def test_connections_beyond_the_most_are_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are there go on."""
    monkeypatch.setattr(slow_clients, "MOST_CONNECTIONS", 4)
    with ExitStack() as stack:
        connections = [stack.enter_context(connected(port)) for _ in range(8)]
        served = [connection for connection in connections if is_answered(connection)]

        # the fixture's own, by which it saw that the server listens, may be there still
        assert 3 <= len(served) <= 4
        assert all(map(is_answered, served))
