"""What every answer has, and to which hosts there is one."""

import json
import logging
import socket
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from deploy.settings import Settings, SettingsError, read_settings
from deploy.web.guard.every_answer import SECURITY_HEADERS


def is_guarded(headers: Any) -> bool:
    """Tell whether an answer has the headers, and each once."""
    found = {name: headers.get_list(name) for name in SECURITY_HEADERS}
    return found == {name: [value] for name, value in SECURITY_HEADERS.items()}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/subjects", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nothing", 404),
        ("DELETE", "/subjects", 405),
        ("POST", "/consent/show", 401),
        ("GET", "/schemas/ids/none", 422),
        ("GET", "/ledger/checkpoint", 503),
        ("GET", "/subjects/", 404),
    ],
)
def test_every_answer_has_the_headers(
    client: TestClient, method: str, path: str, status: int
) -> None:
    """Errors, too; what is no page is kept nowhere, unless it says otherwise."""
    answer = client.request(method, path)

    assert answer.status_code == status
    assert is_guarded(answer.headers)
    assert answer.headers["cache-control"]
    if status >= 400 and path != "/ledger/checkpoint":
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_fault_is_answered_and_logged_without_its_text(
    app: FastAPI, operator: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A text of an exception may quote what it was about."""

    @app.get("/fault")
    async def fault() -> None:
        raise ValueError("Zaphod Beeblebrox")

    answer = operator.get("/fault")

    assert answer.status_code == 500
    assert answer.json()["title"] == "Something went wrong in the bus."
    assert is_guarded(answer.headers)
    assert "ValueError at" in caplog.text
    assert "Beeblebrox" not in answer.text + caplog.text
    assert [record.levelno for record in caplog.records if "Value" in record.message] == [
        logging.ERROR
    ]


@pytest.mark.parametrize(
    "request_text",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 20_000,
        b"POST /consent/show HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"POST /consent/show HTTP/1.1\r\nhost: localhost\r\ncontent-length: \xb2\r\n\r\n",
        b"POST /consent/show HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: gzip\r\n\r\n",
    ],
    ids=["no HTTP", "no host", "two hosts", "long head", "negative", "odd digit", "odd encoding"],
)
def test_what_is_no_http_is_answered_with_the_headers_too(port: int, request_text: bytes) -> None:
    """As a problem, before the application sees it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request_text)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert json.loads(body)["status"] == int(head.split()[1]) == 400
    for name, value in SECURITY_HEADERS.items():
        assert head.count(f"{name}: {value}".encode()) == 1
    assert b"application/problem+json" in head
    assert b"uvicorn" not in answer


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:9480", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:9480", 200),
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("evil.example:80", 400),
        ("localhost:80:80", 400),
        ("localhost:", 400),
        ("localhost@evil.example", 400),
        ("", 400),
    ],
)
def test_a_request_names_a_host_of_this_server(client: TestClient, host: str, status: int) -> None:
    """A page of another name that was pointed here gets nothing."""
    answer = client.get("/subjects", headers={"host": host})

    assert answer.status_code == status
    assert is_guarded(answer.headers)


def test_the_hosts_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names parted by commas; on one machine it needs none."""
    assert Settings().web_hosts == {"localhost", "127.0.0.1", "[::1]"}
    monkeypatch.setenv("NWD_WEB_HOSTS", "bus.example.org, bus")
    assert read_settings().web_hosts == {"bus.example.org", "bus"}
    monkeypatch.setenv("NWD_WEB_HOSTS", "")
    with pytest.raises(SettingsError, match="NWD_WEB_HOSTS"):
        read_settings()
