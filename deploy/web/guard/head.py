"""The head of every request: the host that it names, and where its body ends."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.web.guard.problems import ProblemError, problem

_PORT: Final = re.compile(rb":[0-9]{1,5}\Z")
_Headers = Iterable[tuple[bytes, bytes]]


class HeadCheck:
    """Answers 400 to a head that is not for this server, before anything else is looked at.

    The Host header must name one of the hosts, in whatever case, with any port or none: a page from
    elsewhere whose name was pointed at this server gets nothing. A body must have a length or come
    in chunks: a server before this one may take the other for the end of the request.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = {host.lower().encode() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        app: ASGIApp = self._app
        if scope["type"] == "http":
            try:
                self._check(scope["headers"])
            except ProblemError as error:
                app = problem(error.status, error.message, error.hint, error.headers)
        await app(scope, receive, send)

    def _check(self, headers: _Headers) -> None:
        named = [value for name, value in headers if name == b"host"]
        if len(named) != 1 or _PORT.sub(b"", named[0].lower()) not in self._hosts:
            raise ProblemError(
                400,
                "This server does not go by that name.",
                "The hub's operator names its hosts in NWD_WEB_HOSTS.",
            )
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}:
            raise ProblemError(
                400, "A body has a length or comes in chunks, not both.", connection="close"
            )
