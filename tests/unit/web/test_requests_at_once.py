import socket
from http.client import HTTPConnection
from pathlib import Path

import pytest

from deploy.home.api_token import read_api_token
from deploy.web.guard.problems import ProblemError
from deploy.web.guard.requests_at_once import RequestsAtOnce
from tests.support.web import lonely_app, serving


def test_so_many_requests_of_a_credential_are_answered_at_once() -> None:
    """The next one is told when to come again; another credential is not concerned."""
    at_once = RequestsAtOnce(2)

    with at_once.counted("college-c"), at_once.counted("college-c"):
        with pytest.raises(ProblemError) as refused, at_once.counted("college-c"):
            pass
        with at_once.counted("borough-d"):
            pass

    assert refused.value.status == 429
    assert refused.value.headers == {"retry-after": "1"}


def test_a_request_that_ends_makes_room_however_it_ends() -> None:
    """Also one that fails."""
    at_once = RequestsAtOnce(1)

    for _ in range(3):
        with pytest.raises(ValueError, match="x"), at_once.counted("college-c"):
            raise ValueError("x")
    with at_once.counted("college-c"):
        pass


def test_one_request_too_many_is_told_when_to_come_again(tmp_path: Path) -> None:
    """While another's body is waited for; once that is gone there is room again."""
    app = lonely_app(tmp_path, web_requests_at_once=1)
    token = read_api_token(tmp_path)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    begun = f"POST /consent/show HTTP/1.1\r\nhost: localhost\r\n{head}content-length: 9\r\n\r\n"

    def ask(port: int) -> tuple[int, str | None]:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/consent/show", "{}", headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers["retry-after"]

    with serving(app) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
            slow.sendall(begun.encode())
            statuses = {ask(port) for _ in range(50)}
            slow.sendall(b"not JSON.")
            assert slow.recv(65536).startswith(b"HTTP/1.1 422 ")
        after = ask(port)

    assert (429, "1") in statuses
    assert after == (422, None)
