import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers.webhooks import sending
from consumers.webhooks.sending import CallOutcome, call, tls_context
from consumers.webhooks.target import CallTarget, parse_target
from tests.support.certificates import Authority
from tests.support.webhook_receiver import Receiver, receiving

HERE = "127.0.0.1"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Give who signs the receiver's certificate."""
    return Authority(tmp_path)


@pytest.fixture
def receiver(authority: Authority) -> Iterator[Receiver]:
    """Give a recipient's server."""
    with receiving(authority.sign("receiver")) as running:
        yield running


def called(receiver: Receiver, authority: Authority, address: str = HERE) -> CallOutcome:
    """Call a receiver."""
    target = parse_target(receiver.url)
    return call(target, address, b"{}", {"webhook-id": "msg_1"}, tls_context(authority.file))


def test_a_message_arrives_as_it_was_sent(receiver: Receiver, authority: Authority) -> None:
    """With its headers, at its path."""
    assert called(receiver, authority) == CallOutcome(204)
    (received,) = receiver.calls
    assert received.body == b"{}"
    assert received.headers["webhook-id"] == "msg_1"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    ("status", "problem"), [(500, "did not accept"), (410, "did not accept"), (302, "redirects")]
)
def test_an_answer_that_is_no_success_is_a_problem(
    receiver: Receiver, authority: Authority, status: int, problem: str
) -> None:
    """And no redirect is followed: it could lead inside."""
    receiver.status = status

    outcome = called(receiver, authority)

    assert outcome.status == status
    assert problem in outcome.problem
    assert len(receiver.calls) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver) -> None:
    """And one for another name: nothing is sent."""
    outcome = call(parse_target(receiver.url), HERE, b"{}", {}, tls_context(None))

    assert outcome == CallOutcome(None, "its certificate is not one to be trusted")
    assert receiver.calls == []


def test_the_certificate_must_be_of_the_name_whatever_address_is_called(
    receiver: Receiver, authority: Authority
) -> None:
    """The address was checked; who is there shows that it is the one who is meant."""
    target = parse_target(receiver.url)._replace(host="crm.example.org")

    outcome = call(target, HERE, b"{}", {}, tls_context(authority.file))

    assert "certificate" in outcome.problem
    assert receiver.calls == []


def test_nobody_there_is_a_problem_without_an_address(
    receiver: Receiver, authority: Authority
) -> None:
    """What is told to a recipient says nothing of the hub's network."""
    target = parse_target(receiver.url)._replace(port=1)

    outcome = call(target, HERE, b"{}", {}, tls_context(authority.file))

    assert outcome == CallOutcome(None, "no answer: ConnectionRefusedError")


def test_an_answer_that_drips_is_broken_off(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then keeps no thread of the hub."""
    monkeypatch.setattr(sending, "CALL_SECONDS", 0.5)
    certificate = authority.sign("receiver")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)

    def drip(listening: socket.socket) -> None:
        with listening.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as taken:
            try:
                for _ in range(100):
                    taken.sendall(b"H")
                    time.sleep(0.1)
            except OSError:
                pass

    with socket.create_server((HERE, 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        begun = time.monotonic()
        target = CallTarget(HERE, listening.getsockname()[1], "/")
        outcome = call(target, HERE, b"{}", {}, tls_context(authority.file))
        took = time.monotonic() - begun
        thread.join()

    assert outcome.problem.startswith("no answer")
    assert took < 5
