"""Who is asking, and how far they reach."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from consent_ledger.credentials.api_keys import ApiKey, digest_of
from consent_ledger.credentials.scopes import parse_scope
from deploy.web.guard.callers import Caller, Callers
from deploy.web.guard.key_ring import KeyRing
from deploy.web.guard.problems import ProblemError
from schemas.identifiers import AgreementId, OrganisationId, ProviderId

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUPPORT: Final = AgreementId("borough-d.support")
OUTCOMES: Final = AgreementId("college-c.outcomes")
TOKEN: Final = "t" * 43
SECRET: Final = f"nwd_{'s' * 43}"


def key(*scopes: str) -> ApiKey:
    """Return the college's key, which holds for a day."""
    return ApiKey(
        "5f0c31a7be92",
        OrganisationId("college-c"),
        frozenset(map(parse_scope, scopes)),
        digest_of(SECRET),
        NOW,
        NOW + timedelta(days=1),
    )


class OneKey(KeyRing):
    """A ring with one key."""

    def __init__(self, held: ApiKey) -> None:
        self._held = held

    async def find(self, secret: str) -> ApiKey | None:
        """Return the key to whoever has its secret."""
        return self._held if digest_of(secret) == self._held.digest else None


def caller(authorization: str) -> Caller:
    """Return who asks so."""
    callers = Callers(TOKEN, OneKey(key("consent:borough-d.support")))
    return asyncio.run(callers.caller_of({"authorization": authorization}))


def test_a_key_captures_consent_for_the_agreements_of_its_scopes_alone() -> None:
    """The operator captures any."""
    college = Caller(key("consent:borough-d.support", "read:college-c.outcomes"))

    assert college.may_capture_for(SUPPORT)
    assert not college.may_capture_for(OUTCOMES)
    assert Caller().may_capture_for(OUTCOMES)
    college.demand_capture_for(SUPPORT)
    with pytest.raises(ProblemError) as refused:
        college.demand_capture_for(OUTCOMES)
    assert refused.value.status == 403


def test_a_key_without_a_scope_for_consent_is_refused_at_once() -> None:
    """Whatever else it may do."""
    Caller().demand_capture()
    Caller(key("consent:borough-d.support")).demand_capture()
    with pytest.raises(ProblemError) as refused:
        Caller(key("publish:college-c", "read:college-c.outcomes")).demand_capture()
    assert refused.value.status == 403


def test_a_key_speaks_for_the_services_of_its_scopes_alone() -> None:
    """The operator speaks for any; a key without such a scope is refused at once."""
    college = Caller(key("services:college-c", "publish:college-c"))

    Caller().demand_services()
    Caller().demand_services_of(ProviderId("borough-d"))
    college.demand_services()
    college.demand_services_of(ProviderId("college-c"))
    publisher = Caller(key("publish:college-c"))
    with pytest.raises(ProblemError) as other:
        college.demand_services_of(ProviderId("borough-d"))
    with pytest.raises(ProblemError) as without:
        publisher.demand_services()
    with pytest.raises(ProblemError) as own:
        publisher.demand_services_of(ProviderId("college-c"))
    assert [refused.value.status for refused in (other, without, own)] == [403, 403, 403]


def test_a_key_publishes_as_the_provider_of_its_scope_and_nobody_else_does() -> None:
    """Not even the operator, who is no provider."""
    assert Caller(key("publish:college-c", "consent:borough-d.support")).demand_provider() == (
        "college-c"
    )
    for caller_without in (Caller(), Caller(key("consent:borough-d.support"))):
        with pytest.raises(ProblemError) as refused:
            caller_without.demand_provider()
        assert refused.value.status == 403


def test_no_organisation_ends_an_objection() -> None:
    """Not even to its own agreement."""
    Caller().demand_operator()
    with pytest.raises(ProblemError) as refused:
        Caller(key("consent:borough-d.support")).demand_operator()
    assert refused.value.status == 403


def test_the_organisation_is_the_key_s() -> None:
    """The operator is none."""
    assert caller(f"Bearer {SECRET}").organisation == "college-c"
    assert caller(f"bearer {TOKEN}").organisation is None


def test_requests_are_counted_by_credential() -> None:
    """Two keys of one organisation are two, and the operator is one more."""
    assert caller(f"Bearer {SECRET}").credential == "5f0c31a7be92"
    assert caller(f"Bearer {TOKEN}").credential == "operator"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {SECRET[:-1]}", TOKEN],
)
def test_nobody_else_is_known(authorization: str) -> None:
    """By no other scheme, and not by a part of a secret."""
    with pytest.raises(ProblemError) as refused:
        caller(authorization)
    assert refused.value.status == 401
    assert refused.value.headers == {"www-authenticate": "Bearer"}


def test_a_key_holds_until_its_end_and_until_it_is_revoked() -> None:
    """To the moment."""
    held = key("consent:borough-d.support")
    revoked = ApiKey(**{**vars(held), "revoked_at": NOW})

    assert held.is_valid(held.expires_at - timedelta(microseconds=1))
    assert not held.is_valid(held.expires_at)
    assert not revoked.is_valid(NOW)
