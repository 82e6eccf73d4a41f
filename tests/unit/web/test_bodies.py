"""What a body may be: small, soon there, and JSON that can be read."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from deploy.web.guard import bounded_request
from deploy.web.guard.bounded_request import MOST_BYTES
from schemas.identifiers import LARGEST_ENTRY

GOOD = {"number": "NWD-SAMP-1E00-9", "agreement": "borough-d.support"}
AWAY = 503
"""The answer to a body that was taken: the database is away."""


def filled(length: int) -> bytes:
    """Return a good body of this length: JSON may have spaces at its end."""
    return json.dumps(GOOD).encode().ljust(length)


def post(client: TestClient, content: bytes | Iterator[bytes], **headers: str) -> int:
    """Send a body; return the status, of a problem if it is an error."""
    answer = client.post(
        "/consent/refuse", content=content, headers={"content-type": "application/json"} | headers
    )
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code


def test_a_body_may_be_as_long_as_the_limit_and_no_longer(operator: TestClient) -> None:
    """To the byte."""
    assert post(operator, filled(MOST_BYTES)) == AWAY
    assert post(operator, filled(MOST_BYTES + 1)) == 413


def test_what_comes_in_chunks_is_counted(operator: TestClient) -> None:
    """It has no length that could be looked at before."""

    def chunks(length: int) -> Iterator[bytes]:
        body = filled(length)
        yield from (body[at : at + 1000] for at in range(0, length, 1000))

    assert post(operator, chunks(MOST_BYTES)) == AWAY
    assert post(operator, chunks(MOST_BYTES + 1)) == 413


def test_a_body_without_end_is_answered_once_it_is_too_long(operator: TestClient) -> None:
    """The rest is not kept."""
    taken = []

    def endless() -> Iterator[bytes]:
        for place in range(1000):
            taken.append(place)
            yield b" " * 1000

    assert post(operator, endless()) == 413


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[" * 50_000, id="deep arrays"),
        pytest.param(b'{"a":' * 10_000, id="deep objects"),
        pytest.param(b'{"number": ' + b"[" * 5000 + b"]" * 5000 + b"}", id="deep and whole"),
        pytest.param(b'{"wait_seconds": ' + b"9" * 60_000 + b"}", id="a number of 60,000 digits"),
        pytest.param(b'{"wait_seconds": 1e400}', id="more than a float"),
        pytest.param(b'{"wait_seconds": NaN}', id="no number"),
        pytest.param(b'{"wait_seconds": -Infinity}', id="less than any"),
        pytest.param(b'{"number": "\\ud800"}', id="half a character"),
        pytest.param(b'{"number": "\xff"}', id="no UTF-8"),
        pytest.param(b"", id="nothing"),
        pytest.param(b'"Zaphod Beeblebrox"', id="a text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{", id="half an object"),
    ],
)
def test_what_cannot_be_read_is_a_problem(operator: TestClient, content: bytes) -> None:
    """Never a fault of the bus."""
    assert post(operator, content) == 422


@pytest.mark.parametrize(
    "entry",
    [LARGEST_ENTRY + 1, 2**64, 10**4000, -1, 1.5, True, "7", None, [7]],
    ids=lambda one: repr(one)[:9],
)
def test_an_entry_that_the_ledger_cannot_have_is_a_problem(
    operator: TestClient, entry: Any
) -> None:
    """The greatest that it could have is looked up."""
    answer = operator.post(
        "/consent/enforcement",
        content=f'{{"entry": {as_json(entry)}}}'.encode(),
        headers={"content-type": "application/json"},
    )
    greatest = operator.post("/consent/enforcement", json={"entry": LARGEST_ENTRY})

    assert answer.status_code == 422
    assert greatest.status_code == AWAY


def as_json(value: Any) -> str:
    """Return JSON, also of a number that Python would not print."""
    return "1" + "0" * 4000 if value == 10**4000 else json.dumps(value)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_kind_is_refused(operator: TestClient, kind: str) -> None:
    """A form of a page elsewhere can send these without asking."""
    assert post(operator, filled(100), **{"content-type": kind}) == 415


def test_a_body_has_a_length_or_chunks(port: int, token: str) -> None:
    """What a server before this one takes for the end must be the end."""
    head = (
        f"POST /consent/refuse HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
        "content-type: application/json\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode() + b"0\r\n\r\n")

        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_does_not_come_is_not_waited_for(
    port: int, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However steadily it comes."""
    monkeypatch.setattr(bounded_request, "BODY_SECONDS", 0.5)
    head = (
        f"POST /consent/refuse HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
        "content-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=0.1) as connection:
        connection.sendall(head.encode())
        answer = dripped(connection)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer


def dripped(connection: socket.socket) -> bytes:
    """Send a space ten times a second until there is an answer; return it."""
    for _ in range(100):
        connection.sendall(b" ")
        try:
            return connection.recv(65536)
        except TimeoutError:
            continue
    raise AssertionError("it was waited for")
