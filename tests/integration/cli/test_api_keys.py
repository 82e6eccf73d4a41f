"""API keys of organisations: made, used, changed over, revoked."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from consent_ledger.credentials.api_keys import ApiKeyError
from consent_ledger.credentials.scopes import parse_scope
from deploy.operations.api_keys import make_api_key
from deploy.web.app import create_hub_app
from deploy.web.guard.key_ring import FRESH_SECONDS
from schemas.identifiers import LARGEST_ENTRY, OrganisationId
from tests.integration.cli.conftest import Bus, wait_until

GATE = ["participation"]


@pytest.fixture
def api(running: Bus) -> Iterator[TestClient]:
    """Give the API of the bus that runs, to somebody without a credential."""
    with (
        running.hub() as hub,
        TestClient(create_hub_app(hub), base_url="http://localhost") as client,
    ):
        yield client


@pytest.fixture
def scopes(running: Bus) -> list[str]:
    """Give a scope for the borough's agreement."""
    return ["--scope", f"consent:{running.name('borough-d.support')}"]


@pytest.fixture(autouse=True)
def no_keys(running: Bus) -> Iterator[None]:
    """Revoke what a test has made."""
    yield
    for key in running.lines("api-key", "list"):
        if key["state"] == "valid":
            running.done("api-key", "revoke", key["id"])


def made(bus: Bus, *options: str) -> dict[str, Any]:
    """Return a key of the college's that was made, with its secret."""
    key: dict[str, Any] = bus.json("api-key", "add", bus.name("college-c"), *options)
    time.sleep(FRESH_SECONDS)
    return key


def asked(api: TestClient, secret: str, path: str, **body: Any) -> Any:
    """Return the answer to somebody with this secret."""
    headers = {"authorization": f"Bearer {secret}"}
    return api.post(f"/consent/{path}", json=body, headers=headers)


def test_what_is_captured_with_a_key_is_recorded_as_captured_by_its_organisation(
    running: Bus, api: TestClient, scopes: list[str]
) -> None:
    """In the ledger's entry and on the receipt; the hub's own entries name nobody."""
    secret = made(running, *scopes)["secret"]
    number, support = running.participant(), running.name("borough-d.support")

    given = asked(api, secret, "grant", number=number, agreement=support, categories=GATE)
    running.done("consent", "withdraw", number, support)

    assert given.status_code == 200, given.text
    (entry,) = running.lines("ledger", "show", str(given.json()["entry"]))
    assert entry["captured_by"] == running.name("college-c")
    withdrawn, granted = running.lines("consent", "receipt", number)
    assert granted["nwd:capturedBy"] == running.name("college-c")
    assert "nwd:capturedBy" not in withdrawn
    assert running.json("ledger", "verify")["is_sound"]


def test_a_key_reaches_no_other_agreement(running: Bus, api: TestClient, scopes: list[str]) -> None:
    """Whether there is one or not: 403, and nothing is entered."""
    secret = made(running, *scopes)["secret"]
    number = running.participant()
    before = running.lines("ledger", "show")

    for agreement in (running.name("college-c.outcomes"), "no.such"):
        for path in ("grant", "request", "refuse", "withdraw", "inform", "object"):
            body: dict[str, Any] = {"number": number, "agreement": agreement}
            if path in {"grant", "request"}:
                body["categories"] = GATE
            answer = asked(api, secret, path, **body)
            assert (answer.status_code, answer.json()["title"]) == (
                403,
                "This key has no scope to capture consent for that agreement.",
            )

    assert running.lines("ledger", "show") == before


def test_no_organisation_ends_an_objection(running: Bus, api: TestClient) -> None:
    """It captures one; whether it holds is the hub's say."""
    about = {
        "number": running.participant(),
        "agreement": running.name("jobcentre-e.engagement"),
    }
    secret = made(running, "--scope", f"consent:{about['agreement']}")["secret"]

    objected = asked(api, secret, "object", **about)
    ended = asked(api, secret, "end-objection", **about)

    assert objected.status_code == 200
    assert ended.status_code == 403


def test_a_key_is_shown_its_agreements_alone(
    running: Bus, api: TestClient, scopes: list[str]
) -> None:
    """And of another's entry as much as of none."""
    secret = made(running, *scopes)["secret"]
    number, support = running.participant(), running.name("borough-d.support")
    outcomes = running.name("college-c.outcomes")
    own = running.json("consent", "grant", number, support, "--all")["entry"]
    other = running.json("consent", "grant", number, outcomes, "--all")["entry"]

    shown = asked(api, secret, "show", number=number).json()["agreements"]
    entries = (own, other, LARGEST_ENTRY)
    answers = [asked(api, secret, "enforcement", entry=entry) for entry in entries]

    assert [one["agreement"] for one in shown] == [support]
    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert answers[1].json() == answers[2].json()


def test_a_key_without_a_scope_for_consent_gets_nowhere(running: Bus, api: TestClient) -> None:
    """It is known, and refused before its body is read."""
    secret = made(running, "--scope", f"publish:{running.name('college-c')}")["secret"]

    answer = asked(api, secret, "show", number="nobody")

    assert answer.status_code == 403
    assert "for any agreement" in answer.json()["title"]


def test_a_key_that_is_revoked_or_has_run_out_opens_nothing(
    running: Bus, api: TestClient, scopes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second later; and revoking it again is told."""
    revoked, expiring = made(running, *scopes), made(running, *scopes, "--expires", "1")
    number = running.participant()
    status = {
        key["id"]: asked(api, key["secret"], "show", number=number).status_code
        for key in (revoked, expiring)
    }

    running.done("api-key", "revoke", revoked["id"])
    again = running.nwd("api-key", "revoke", revoked["id"])
    hub = api.app.state.hub  # type: ignore[attr-defined]  # an application of FastAPI
    now = hub.clock
    monkeypatch.setattr(hub, "clock", lambda: now() + timedelta(days=1, seconds=1))

    def is_refused(key: dict[str, Any]) -> bool:
        return bool(asked(api, key["secret"], "show", number=number).status_code == 401)

    assert set(status.values()) == {200}
    wait_until(lambda: is_refused(revoked) and is_refused(expiring), "the keys to open nothing")
    assert again.exit_code == 1
    assert "There is no valid key of that name." in again.stderr
    states = {key["id"]: key["state"] for key in running.lines("api-key", "list")}
    assert states[revoked["id"]] == "revoked"


def test_an_organisation_has_two_valid_keys_at_most(running: Bus, scopes: list[str]) -> None:
    """One is used, one comes into its place: both work, and a third is refused with their names."""
    first, second = made(running, *scopes), made(running, *scopes)

    third = running.nwd("api-key", "add", running.name("college-c"), *scopes)
    other = running.nwd("api-key", "add", running.name("borough-d"), *scopes)
    running.done("api-key", "revoke", first["id"])
    fourth = running.nwd("api-key", "add", running.name("college-c"), *scopes)

    assert third.exit_code == 1
    assert first["id"] in third.stderr
    assert second["id"] in third.stderr
    assert (other.exit_code, fourth.exit_code) == (0, 0)


def test_of_keys_that_are_made_at_once_no_more_than_two_are(running: Bus) -> None:
    """Whoever is second sees the first."""
    organisation = OrganisationId(running.name("college-c"))
    scope = parse_scope(f"publish:{organisation}")
    refused: list[ApiKeyError] = []

    def make() -> None:
        try:
            make_api_key(hub, organisation, [scope], 1)
        except ApiKeyError as error:
            refused.append(error)

    with running.hub() as hub:
        threads = [threading.Thread(target=make) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    held = [key for key in running.lines("api-key", "list") if key["state"] == "valid"]
    assert len(held) == 2
    assert len(refused) == 4


def test_the_secret_is_shown_once_and_kept_nowhere(running: Bus, scopes: list[str]) -> None:
    """Neither in the list, nor in the database, nor in the ledger: what is kept is a digest."""
    shown = running.done("api-key", "add", running.name("college-c"), *scopes)
    secret = shown.stdout.strip()
    listed = (
        running.done("api-key", "list").stdout + running.done("api-key", "list", "--json").stdout
    )
    with running.hub() as hub, hub.engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM ledger.api_key")).all())
        leaves = str(connection.execute(text("SELECT leaf FROM ledger.entry")).all())

    assert len(secret) == len("nwd_") + 43
    assert running.name("college-c") in listed
    for told in (listed, rows, leaves, shown.stderr):
        assert secret not in told
        assert secret[4:] not in told
    kinds = [entry["kind"] for entry in running.lines("ledger", "show")]
    assert "api-key" in kinds


@pytest.mark.parametrize(
    ("organisation", "scope", "exit_code", "words"),
    [
        ("nobody", "consent:borough-d.support", 1, "There is no organisation"),
        ("college-c", "consent:no.such", 1, "what the bus does not know"),
        ("college-c", "publish:borough-d", 1, "to have"),
        ("college-c", "publish:nobody", 1, "what the bus does not know"),
        ("college-c", "read:borough-d.support", 1, "to have"),
        ("college-c", "read:college-c.outcomes", 0, ""),
        ("college-c", "everything", 2, "publish:PROVIDER"),
        ("college-c", "consent:", 2, "publish:PROVIDER"),
        ("college-c", "erase:borough-d.support", 2, "publish:PROVIDER"),
    ],
)
def test_a_scope_is_the_organisation_s_to_have(
    running: Bus, organisation: str, scope: str, exit_code: int, words: str
) -> None:
    """It publishes as itself, reads its own trays, and captures consent for any agreement."""
    kind, _, of = scope.partition(":")
    named = f"{kind}:{running.name(of)}" if of else scope
    result = running.nwd("api-key", "add", running.name(organisation), "--scope", named)

    assert result.exit_code == exit_code, result.stderr
    assert words in result.stderr
