"""A request whose body is small, comes soon, and is JSON, lines of it, or a form."""

import asyncio
from collections.abc import Collection
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from pydantic_core import from_json
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope

from deploy.web.guard.problems import ProblemError

MOST_BYTES: Final = 64 * 1024
"""Of a body, unless its route says more."""
JSON: Final = "application/json"
JSON_LINES: Final = "application/x-ndjson"
"""Read line by line, by whoever takes it."""
AVRO: Final = "application/avro"
"""Read as a container file, by whoever takes it."""
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
BODY_SECONDS: Final = 10.0
"""From the head of a request to the end of its body."""
_DIGITS: Final = 9
"""Of a length that is worth reading."""
_FIELDS: Final = 20
"""Of a form."""


def kind_of(request: Request) -> str:
    """Return the type that a request states of its body, without parameters; empty for none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


class SentForm(NamedTuple):
    """What a form with a file sends; the file's name is empty where none was chosen."""

    fields: dict[str, str]
    file_name: str
    content: bytes


class BoundedRequest(Request):
    """A request with a body of at most so many bytes; ask `read` for it first.

    `kinds` are the types that it reads: JSON, and perhaps lines of it.
    """

    def __init__(
        self, scope: Scope, receive: Receive, most_bytes: int, kinds: Collection[str] = (JSON,)
    ) -> None:
        super().__init__(scope, receive)
        self._most_bytes = most_bytes
        self._kinds = kinds
        self._content: Any = None

    async def read(self) -> None:
        """Read the body; ProblemError 408, 413, 415 or 422 for one that cannot be taken.

        A length that is stated is believed only as far as it refuses: what comes is counted.
        """
        if await self._receive_body(self._kinds, "JSON") in {JSON_LINES, AVRO}:
            return
        try:
            # nesting is limited, as are the digits of a number; no NaN, no half of a character
            self._content = from_json(self._body, allow_inf_nan=False)
        except ValueError:
            raise ProblemError(422, "The body is no JSON that can be read.") from None

    async def read_form(self, most_fields: int = _FIELDS) -> dict[str, str]:
        """Return the fields that a page's form sends; ProblemError as `read`."""
        await self._receive_body((FORM,), "a form")
        try:
            text = self._body.decode()
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=most_fields))
        except ValueError:
            raise ProblemError(422, "The body is no form that can be read.") from None

    async def read_upload(self) -> SentForm:
        """Return the fields of a form with one file; ProblemError as `read`."""
        await self._receive_body((MULTIPART,), "a form with a file")
        try:
            async with self.form(max_files=1, max_fields=_FIELDS) as sent:
                fields = {name: value for name, value in sent.items() if isinstance(value, str)}
                files = [value for value in sent.values() if isinstance(value, UploadFile)]
                name = files[0].filename if files else None
                return SentForm(fields, name or "", await files[0].read() if files else b"")
        except HTTPException:
            raise ProblemError(422, "The body is no form that can be read.") from None

    async def _receive_body(self, kinds: Collection[str], name: str) -> str:
        """Receive a body of one of these kinds, and return which it is."""
        kind = kind_of(self)
        if kind not in kinds:
            raise ProblemError(
                415,
                f"The body must be {name}.",
                f"Send it with Content-Type: {' or '.join(kinds)}.",
            )
        if any(map(self._is_too_long, self.headers.getlist("content-length"))):
            raise self._too_long()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                self._body = await self._collect()
        except TimeoutError:
            raise ProblemError(
                408, f"The body did not come within {BODY_SECONDS:g} seconds.", connection="close"
            ) from None
        return kind

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

    def _is_too_long(self, length: str) -> bool:
        return len(length) > _DIGITS or not length.isdecimal() or int(length) > self._most_bytes

    def _too_long(self) -> ProblemError:
        return ProblemError(413, f"The body is longer than {self._most_bytes:,} bytes.")
