"""A route for those who are known. Who asks is known before a byte of the body is read."""

from collections.abc import Callable, Coroutine
from datetime import UTC
from typing import Annotated, Any, ClassVar, Final

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from typing_extensions import override

from deploy.web.guard.bounded_request import JSON, MOST_BYTES, BoundedRequest
from deploy.web.guard.callers import Caller, Callers
from deploy.web.guard.requests_at_once import RequestsAtOnce

_SCHEME: Final = HTTPBearer(
    auto_error=False,
    description="A key of an organisation, or the token in NWD_HOME/secrets/api-token.",
)
WEBHOOK_FAILING: Final = "nwd-webhook-failing-since"
"""Header of each answer to an organisation that is called in vain: it may not think of asking."""


class ClosedRoute(APIRoute):
    """Answers 401 or 429 to a request's head; takes a body of its kinds and `most_bytes`."""

    most_bytes: ClassVar[int] = MOST_BYTES
    kinds: ClassVar[tuple[str, ...]] = (JSON,)

    def demand(self, caller: Caller) -> None:
        """Let a caller through to the body; ProblemError 403 for one whose scopes are others."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_known(request: Request) -> Response:
            callers: Callers = request.app.state.callers
            at_once: RequestsAtOnce = request.app.state.at_once
            caller = await callers.caller_of(request.headers)
            with at_once.counted(caller.credential):
                self.demand(caller)
                bounded = BoundedRequest(
                    request.scope, request.receive, self.most_bytes, self.kinds
                )
                if self.body_field is not None:
                    await bounded.read()
                bounded.state.caller = caller
                given = await answer(bounded)
            if (since := callers.webhook_failing_since(caller)) is not None:
                given.headers[WEBHOOK_FAILING] = since.astimezone(UTC).isoformat(timespec="seconds")
            return given

        return answer_known


async def known_caller(
    request: Request,
    _declared: Annotated[object, Depends(_SCHEME)],  # so that OpenAPI says what to send
) -> Caller:
    """Return who is asking: whom the route let through."""
    caller: Caller = request.state.caller
    return caller


KnownCaller = Annotated[Caller, Depends(known_caller)]
