"""One call of a webhook: to the address that was checked, by TLS, to the end of its answer's head.

No redirect is followed and nothing of an answer's body is read, so that an endpoint cannot use the
hub to look at something else.
"""

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final, NamedTuple

from typing_extensions import override

from consumers.webhooks.target import CallTarget

CALL_SECONDS: Final = 10.0
"""For a call from beginning to end."""
_REDIRECTS: Final = range(300, 400)
_GOOD: Final = range(200, 300)


class CallOutcome(NamedTuple):
    """What came of a call: the answer's status, and what was wrong, empty where nothing was."""

    status: int | None
    problem: str = ""


class _PinnedConnection(HTTPSConnection):
    """Calls an IP address, and demands the certificate of the name."""

    def __init__(self, target: CallTarget, address: str, context: ssl.SSLContext) -> None:
        super().__init__(target.host, target.port, timeout=CALL_SECONDS)
        self._pinned = address
        self._tls = context

    @override
    def connect(self) -> None:
        plain = socket.create_connection((self._pinned, self.port), CALL_SECONDS)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def tls_context(authorities: Path | None) -> ssl.SSLContext:
    """Return what checks certificates: against the system's authorities, or those of a file."""
    return ssl.create_default_context(cafile=authorities)


def call(
    target: CallTarget,
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    context: ssl.SSLContext,
) -> CallOutcome:
    """Send a message, and return what came of it. What is wrong is in words without an address."""
    with closing(_PinnedConnection(target, address, context)) as connection:
        too_late = threading.Timer(CALL_SECONDS, _break_off, [connection])
        too_late.start()
        try:
            connection.request("POST", target.path, body, {**headers})
            status = connection.getresponse().status
        except ssl.SSLCertVerificationError:
            return CallOutcome(None, "its certificate is not one to be trusted")
        except TimeoutError:
            return CallOutcome(None, "no answer in time")
        except (OSError, HTTPException) as error:
            return CallOutcome(None, f"no answer: {type(error).__name__}")
        finally:
            too_late.cancel()
    if status in _REDIRECTS:
        return CallOutcome(status, "it redirects, and no redirect is followed")
    return CallOutcome(status, "" if status in _GOOD else "it did not accept the message")


def _break_off(connection: _PinnedConnection) -> None:
    """End a call that takes too long although bytes keep coming."""
    taken: socket.socket | None = connection.sock
    if taken is not None:
        with suppress(OSError):  # it is over already
            # the connection's own, below TLS: who reads from it sees its end
            socket.socket.shutdown(taken, socket.SHUT_RDWR)
