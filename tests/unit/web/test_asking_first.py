"""Who asks is known before a byte of the body is read."""

import asyncio
import socket
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY, generate_latest

HEAD = (
    b"POST /consent/show HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    b"content-length: 60000\r\n"
)


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """Return what a server tells an application of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/consent/grant",
        "raw_path": b"/consent/grant",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def statuses(app: FastAPI, *headers: tuple[bytes, bytes]) -> list[int]:
    """Return the statuses that are answered without asking for anything of the body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was asked for")

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope(*headers), receive, send))
    return [message["status"] for message in sent if message["type"] == "http.response.start"]


def test_a_body_without_a_credential_is_not_asked_for(app: FastAPI) -> None:
    """Whatever is in it, and however long it is."""
    assert statuses(app) == [401]
    assert statuses(app, (b"authorization", b"Bearer wrong")) == [401]
    assert statuses(app, (b"authorization", "Bearer \xe9".encode("latin-1"))) == [401]
    assert statuses(app, (b"content-length", b"9" * 30)) == [401]


def test_who_is_refused_is_counted(app: FastAPI) -> None:
    """Somebody who tries credentials is seen, and the credentials are not."""

    def counted() -> float:
        about = {"reason": "credential"}
        return REGISTRY.get_sample_value("nwd_web_refused_total", about) or 0.0

    before = counted()
    statuses(app, (b"authorization", b"Bearer wrong"))

    assert counted() == before + 1
    assert "wrong" not in generate_latest().decode()


def test_a_body_of_the_operator_is_asked_for(app: FastAPI, token: str) -> None:
    """Else the test above would say nothing."""
    assert statuses(app, (b"authorization", f"Bearer {token}".encode())) == [500]


def test_a_server_answers_before_anything_of_the_body_has_come(port: int) -> None:
    """And does not ask for it: nobody gets `100 Continue` who is not known."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(HEAD + b"expect: 100-continue\r\n\r\n")
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"100 Continue" not in answer


def test_a_key_that_cannot_be_one_is_refused_without_asking_the_database(
    client: TestClient,
) -> None:
    """The database is away here: what is looked up ends in 503."""
    looks_like_one = {"authorization": f"Bearer nwd_{'x' * 43}"}
    looks_like_none = {"authorization": f"Bearer nwd_{'x' * 42}"}

    assert client.post("/consent/show", headers=looks_like_one).status_code == 503
    assert client.post("/consent/show", headers=looks_like_none).status_code == 401
