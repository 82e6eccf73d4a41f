import pytest

from deploy.web.guard.problems import ProblemError
from deploy.web.guard.requests_at_once import RequestsAtOnce


def test_so_many_requests_of_a_credential_are_answered_at_once() -> None:
    """The next one is told when to come again; another credential is not concerned."""
    at_once = RequestsAtOnce(2)

    with at_once.counted("college-c"), at_once.counted("college-c"):
        with pytest.raises(ProblemError) as refused, at_once.counted("college-c"):
            pass
        with at_once.counted("borough-d"):
            pass

    assert refused.value.status == 429
    assert refused.value.headers == {"retry-after": "1"}


def test_a_request_that_ends_makes_room_however_it_ends() -> None:
    """Also one that fails."""
    at_once = RequestsAtOnce(1)

    for _ in range(3):
        with pytest.raises(ValueError, match="x"), at_once.counted("college-c"):
            raise ValueError("x")
    with at_once.counted("college-c"):
        pass
