"""The API is for those who have the token of NWD_HOME/secrets/api-token."""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from deploy.web.guard.problems import ProblemError

_SCHEME = HTTPBearer(
    auto_error=False, description="The token in NWD_HOME/secrets/api-token, which `nwd init` makes."
)


def require_token(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_SCHEME)]
) -> None:
    """Let a request through that has the token; ProblemError 401 for none or a wrong one."""
    token: str = request.app.state.token
    # compared in constant time: how long it takes shows nothing of the token
    if given is None or not hmac.compare_digest(given.credentials.encode(), token.encode()):
        raise ProblemError(
            401,
            "The request lacks the API's token.",
            "Send it as Authorization: Bearer TOKEN.",
            www_authenticate="Bearer",
        )
