"""A request whose body is small, comes soon, and is JSON that can be read."""

import asyncio
from typing import Any, Final

from pydantic_core import from_json
from starlette.requests import Request
from starlette.types import Receive, Scope

from deploy.web.guard.problems import ProblemError

MOST_BYTES: Final = 64 * 1024
"""Of a body, unless its route says more."""
BODY_SECONDS: Final = 10.0
"""From the head of a request to the end of its body."""


class BoundedRequest(Request):
    """A request with a body of at most so many bytes; ask `read` for it first."""

    def __init__(self, scope: Scope, receive: Receive, most_bytes: int) -> None:
        super().__init__(scope, receive)
        self._most_bytes = most_bytes
        self._content: Any = None

    async def read(self) -> None:
        """Read the body; ProblemError 400, 408, 413, 415 or 422 for one that cannot be taken.

        A length that is stated is believed only as far as it refuses: what comes is counted.
        """
        lengths = self.headers.getlist("content-length")
        if lengths and "transfer-encoding" in self.headers:
            # a server before this one may take the other for the end of the request
            raise ProblemError(400, "A body has a length or comes in chunks, not both.")
        if self.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise ProblemError(
                415, "The body must be JSON.", "Send it with Content-Type: application/json."
            )
        if any(not length.isdecimal() or len(length) > 18 for length in lengths) or any(  # noqa: PLR2004 - digits of a number that fits 64 bits
            int(length) > self._most_bytes for length in lengths
        ):
            raise self._too_long()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                self._body = await self._collect()
        except TimeoutError:
            raise ProblemError(
                408, f"The body did not come within {BODY_SECONDS:g} seconds.", connection="close"
            ) from None
        try:
            # nesting is limited, as are the digits of a number; no NaN, no half of a character
            self._content = from_json(self._body, allow_inf_nan=False)
        except ValueError:
            raise ProblemError(422, "The body is no JSON that can be read.") from None

    async def json(self) -> Any:
        """Return what was read."""
        return self._content

    async def _collect(self) -> bytes:
        received = bytearray()
        async for chunk in self.stream():
            received += chunk
            if len(received) > self._most_bytes:
                raise self._too_long()
        return bytes(received)

    def _too_long(self) -> ProblemError:
        return ProblemError(413, f"The body is longer than {self._most_bytes:,} bytes.")
