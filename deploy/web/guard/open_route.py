"""A route for anybody: those who ask without a credential share one count of requests at once."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from typing_extensions import override

from deploy.web.guard.requests_at_once import RequestsAtOnce

ANYBODY: Final = "anybody"
"""What they are counted by. No address: behind a proxy all have the same, and one that a request
states of itself is not believed."""


class OpenRoute(APIRoute):
    """Answers 429 where enough of those without a credential are being answered."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_anybody(request: Request) -> Response:
            at_once: RequestsAtOnce = request.app.state.at_once
            with at_once.counted(ANYBODY):
                return await answer(request)

        return answer_anybody
