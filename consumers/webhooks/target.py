"""Where a webhook goes: an address that anybody may be given, or one that the operator names.

Whoever could have the hub call its own machine, its network or its cloud's metadata would reach
what only the hub should. So a name is looked up, all that it stands for is checked, and what was
checked is what is called: a name that stands for something else a moment later changes nothing. The
same rule holds when an endpoint is added and at each call.
"""

import socket
from collections.abc import Collection
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from schemas.errors import MalformedError

_TRANSLATED: Final = ip_network("64:ff9b::/96")
"""Addresses of IPv4 as a gateway makes them of IPv6."""


class TargetError(MalformedError):
    """An address that no webhook goes to."""


class CallTarget(NamedTuple):
    """The parts of an https address."""

    host: str
    port: int
    path: str


def parse_target(url: str) -> CallTarget:
    """Return the parts of an address. Raises TargetError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        raise TargetError("That is not an address.") from None
    if parts.scheme != "https" or not host:
        raise TargetError("A webhook's address begins with https:// and a name.")
    if parts.username or parts.password or parts.fragment:
        raise TargetError("A webhook's address holds no password and no fragment.")
    if not url.isascii() or any(ord(one) <= ord(" ") for one in url):
        raise TargetError("A webhook's address is of plain characters.")
    path = parts.path or "/"
    return CallTarget(host, port, f"{path}?{parts.query}" if parts.query else path)


def checked_address(target: CallTarget, allowed: Collection[str]) -> str:
    """Return an IP address of a target that may be called. Raises TargetError, OSError.

    `allowed` are hosts that the operator has named: theirs may be of the hub's own network.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if target.host not in allowed and not all(map(is_public, addresses)):
        raise TargetError(
            "The name of a webhook's address stands for one that is not public.",
            "The hub's operator can name such a host in NWD_WEBHOOK_HOSTS.",
        )
    return addresses[0]


def is_public(address: str) -> bool:
    """Return whether an IP address is of the whole internet, and no other one in disguise."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is not None or found in _TRANSLATED:
            return False
    return found.is_global and not found.is_multicast
