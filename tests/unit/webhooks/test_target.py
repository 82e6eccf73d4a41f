import socket
from typing import Any

import pytest

from consumers.webhooks.target import (
    CallTarget,
    TargetError,
    checked_address,
    is_public,
    parse_target,
)

TARGET = CallTarget("crm.example.org", 443, "/")


def test_an_address_is_taken_apart() -> None:
    """With its port and its query."""
    assert parse_target("https://Crm.example.org/nwd?a=1") == CallTarget(
        "crm.example.org", 443, "/nwd?a=1"
    )
    assert parse_target("https://[2606:4700::1]:8443") == CallTarget("2606:4700::1", 8443, "/")


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.org/",
        "file:///etc/passwd",
        "https:///path",
        "https://user:secret@crm.example.org/",
        "https://crm.example.org/#part",
        "https://crm.example.org:99999/",
        "https://crm.example.org/\r\nx: y",
        "https://crm.example.org/é",
        "",
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(url: str) -> None:
    """In words that repeat nothing of it."""
    with pytest.raises(TargetError) as refused:
        parse_target(url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.0.0.1", "100.64.0.1"),
        *("169.254.169.254", "224.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    ],
)
def test_an_address_that_is_not_of_the_internet_is_not_public(address: str) -> None:
    """Nor one of IPv4 in the clothes of IPv6, whichever it is."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    """Those can be called."""
    assert is_public(address)


def found(*addresses: str) -> Any:
    """Return what stands for looking up a name: these addresses, one answer after another."""
    answers = iter(addresses)

    def look_up(_host: str, port: int, **_: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in next(answers).split(" ")
        ]

    return look_up


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are looked at, not the first alone."""
    monkeypatch.setattr(socket, "getaddrinfo", found("8.8.8.8 10.0.0.1"))

    with pytest.raises(TargetError, match="not public"):
        checked_address(TARGET, ())


def test_a_name_is_looked_up_once_and_what_was_checked_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So a name that stands for another address a moment later changes nothing."""
    monkeypatch.setattr(socket, "getaddrinfo", found("8.8.8.8", "127.0.0.1"))

    assert checked_address(TARGET, ()) == "8.8.8.8"
    with pytest.raises(TargetError):
        checked_address(TARGET, ())


def test_a_host_that_the_operator_names_may_be_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """That one and no other."""
    monkeypatch.setattr(socket, "getaddrinfo", found("10.0.0.1", "10.0.0.1"))

    assert checked_address(TARGET, {"crm.example.org"}) == "10.0.0.1"
    with pytest.raises(TargetError):
        checked_address(TARGET._replace(host="other.example.org"), {"crm.example.org"})
