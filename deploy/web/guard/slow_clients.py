"""Clients that are slow, or say nothing: uvicorn waits for them, this does not.

uvicorn ends a connection that is idle between two requests, and no other. Here the head of a
request, the rest of a body that nobody reads, and the taking of an answer have an end, too. The
time for a body that is read is `BoundedRequest`'s.
"""

import asyncio
import json
from contextlib import suppress
from typing import Final

import h11
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from deploy.web.guard.every_answer import SECURITY_HEADERS, UNLESS_SAID
from deploy.web.guard.problems import MEDIA_TYPE, problem_fields

HEAD_SECONDS: Final = 10.0
"""From the first byte of a connection, or of a next request, to the end of the request's head."""
REST_SECONDS: Final = 5.0
"""For what is left of a body after its answer: a client that still sends reads no answer."""
TAKING_SECONDS: Final = 10.0
"""For an answer that was sent to be taken."""
IDLE_SECONDS: Final = 5
"""Between two requests."""
MOST_CONNECTIONS: Final = 1000
"""Those beyond are closed at once."""


class _Deadline:
    """The end of one wait of a connection: it is broken off, unless what it waits for comes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        self._loop = loop
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, seconds: float) -> None:
        """Begin to wait, unless that has begun."""
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._transport.abort)

    def end(self) -> None:
        """Let the connection be."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 of uvicorn, over h11, with an end to each wait for the client."""

    _request: _Deadline
    """For a head, or for the rest of a body."""
    _taking: _Deadline
    """For what was sent."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._request = _Deadline(self.loop, transport)
        self._taking = _Deadline(self.loop, transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._request.begin(HEAD_SECONDS)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._request.end()
        self._taking.end()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_answering():
            self._request.end()
        else:
            self._request.begin(HEAD_SECONDS)

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._taking.begin(TAKING_SECONDS)
        elif not self._is_answering() and self.conn.their_state is h11.SEND_BODY:
            self._request.begin(REST_SECONDS)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking.begin(TAKING_SECONDS)

    @override
    def resume_writing(self) -> None:
        self._taking.end()
        super().resume_writing()

    @override
    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._taking.begin(TAKING_SECONDS)

    @override
    def send_400_response(self, msg: str) -> None:
        headers = SECURITY_HEADERS | UNLESS_SAID
        headers |= {"content-type": MEDIA_TYPE, "connection": "close"}
        body = json.dumps(problem_fields(400, "That is no request of HTTP.")).encode()
        with suppress(h11.LocalProtocolError):  # in the middle of an answer
            for event in (
                h11.Response(status_code=400, headers=list(headers.items()), reason=b"Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None:
            self.cycle.disconnected = True  # its request has no end: nobody waits for its answer
            self.cycle.message_event.set()
        self.transport.close()
        self._taking.begin(TAKING_SECONDS)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete
