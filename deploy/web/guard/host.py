"""The Host header: a page from elsewhere whose name was pointed at this server gets nothing."""

import re
from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.web.guard.problems import problem

_PORT: Final = re.compile(rb":[0-9]{1,5}\Z")


class HostCheck:
    """Answers requests that name a host of this server, in whatever case, with any port or none."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = {host.lower().encode() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 400 before anything of it is looked at."""
        if scope["type"] == "http":
            named = [value for name, value in scope["headers"] if name == b"host"]
            if len(named) != 1 or _PORT.sub(b"", named[0].lower()) not in self._hosts:
                answer = problem(
                    400,
                    "This server does not go by that name.",
                    "The hub's operator names its hosts in NWD_WEB_HOSTS.",
                )
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
