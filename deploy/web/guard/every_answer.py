"""Around the whole application: headers for every answer, and an answer to every fault.

A browser that is led to an answer runs nothing of it, shows it in no frame, sends its forms
nowhere else and tells nobody where it came from. Strict-Transport-Security belongs to whatever ends
TLS before this server.
"""

import logging
import traceback
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.pages.environment import STYLE_SOURCE
from deploy.web.guard.problems import problem

SECURITY_HEADERS: Final = {
    "content-security-policy": f"default-src 'none'; style-src {STYLE_SOURCE};"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
UNLESS_SAID: Final = {"cache-control": "no-store"}
"""What an answer says of itself stands."""

_log = logging.getLogger(__name__)


class EveryAnswer:
    """Gives every answer its headers; of an error nobody expected it tells the class alone.

    A text of an exception may quote a value, so neither the answer nor the log repeats it: the log
    has its class, and the line of code where it came about.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                for name, value in UNLESS_SAID.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001 - answered
            place = traceback.extract_tb(error.__traceback__)[-1]
            _log.error(
                "A request failed: %s at %s:%s", type(error).__name__, place.filename, place.lineno
            )
            if has_begun:
                return  # the server breaks off what has no end
            answer = problem(500, "Something went wrong in the bus.")
            await answer(scope, receive, send_with_headers)
