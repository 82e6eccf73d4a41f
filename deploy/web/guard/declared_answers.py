"""What OpenAPI says of the answers that are problems."""

from typing import Any, Final

from deploy.web.guard.problems import MEDIA_TYPE

_TEXT: Final = {"type": "string"}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "problem"],
                "properties": {"field": _TEXT, "problem": _TEXT},
            },
        },
    },
}


def problem_answer(description: str) -> dict[str, Any]:
    """Return the declaration of an answer that is a problem (RFC 9457)."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}


OF_EVERY_ROUTE: Final[dict[int | str, dict[str, Any]]] = {
    400: problem_answer("The Host header names no host of this server."),
    422: problem_answer("A part of the path does not have the form it must have."),
    500: problem_answer("Something went wrong in the bus."),
    503: problem_answer("The database does not answer at the moment."),
}
OF_OPEN_ROUTES: Final[dict[int | str, dict[str, Any]]] = {
    422: problem_answer("What is asked does not have the form it must have."),
    429: problem_answer("Enough requests without a credential are being answered."),
}
OF_CLOSED_ROUTES: Final[dict[int | str, dict[str, Any]]] = {
    400: problem_answer("The request is not as HTTP has it, or names no host of this server."),
    401: problem_answer("The request lacks a token or key of the API."),
    403: problem_answer("The key's scopes do not reach so far."),
    408: problem_answer("The body did not come in time."),
    413: problem_answer("The body is too long."),
    415: problem_answer("The body is not declared as JSON."),
    422: problem_answer("The body does not have the form it must have."),
    429: problem_answer("Enough requests of this credential are being answered."),
}
