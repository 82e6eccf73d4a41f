"""`kill -9` of the server while it imports a table: its token imports it again, and once."""

import threading
import time
from contextlib import suppress

import httpx2
from sqlalchemy import Engine, text

from deploy.demo.people.person import people
from deploy.web.guard.key_ring import FRESH_SECONDS
from tests.integration.cli.conftest import Bus, wait_until
from tests.integration.cli.test_waiting import served

ROWS = 700
"""More than one set of people: the first is committed before the second begins."""
PEOPLE = "SELECT count(*) FROM ledger.participant"
EVENTS = """
    SELECT count(DISTINCT event_id), count(DISTINCT participant_id)
    FROM ledger.journal WHERE provider_id = :id
"""
"""What was sent before the server died is sent again: as a revision, not as another event."""


def table() -> bytes:
    """Return a table of made-up people."""
    rows = (
        f"K{number},{person.given_names},{person.family_name},"
        f"{person.date_of_birth:%d/%m/%Y},{person.place.postcode},04/05/2026\n"
        for number, person in enumerate(people(ROWS, seed=7))
    )
    return f"Client,First name,Surname,DOB,Postcode,Started\n{''.join(rows)}".encode()


def mapping(running: Bus) -> str:
    """Return where its columns go."""
    return f"""\
name: killed
version: 1
provider: {running.name("charity-b")}
reference: [Client]
columns:
  First name: identity.given_names
  Surname: identity.family_name
  DOB: identity.date_of_birth
  Postcode: contact.postcode
  Started: participation.started_on
events:
  enrolment:
    fixed:
      participation.service_id: {running.name("charity-b.recovery")}
      participation.stage: started
"""


def enrolled(engine: Engine, provider: str) -> tuple[int, int]:
    """Return how many events the journal has of a provider, and of how many people."""
    with engine.connect() as connection:
        events, who = connection.execute(text(EVENTS), {"id": provider}).one()
    return events, who


def registered(engine: Engine) -> int:
    """Return how many people there are."""
    with engine.connect() as connection:
        found: int = connection.execute(text(PEOPLE)).scalar_one()
    return found


def test_an_import_that_was_killed_is_finished_by_its_token(running: Bus) -> None:
    """Everybody has the one event that the dry run promised, whenever the server died."""
    charity = running.name("charity-b")
    key = running.json("api-key", "add", charity, "--scope", f"publish:{charity}")["secret"]
    headers = {"authorization": f"Bearer {key}"}
    time.sleep(FRESH_SECONDS)
    with running.hub() as hub:
        before = registered(hub.engine)
        with served(running) as (first, port):
            here = f"http://127.0.0.1:{port}/v1/imports"
            form = {"mapping": mapping(running)}
            file = {"file": ("killed.csv", table())}
            tried = httpx2.post(here, data=form, files=file, headers=headers, timeout=120)
            promised = tried.json()
            body = {"token": promised["token"]}

            def accept_until_killed() -> None:
                with suppress(httpx2.TransportError):  # the server is gone
                    httpx2.post(f"{here}/accept", json=body, headers=headers, timeout=120)

            accepting = threading.Thread(target=accept_until_killed)
            accepting.start()
            wait_until(lambda: registered(hub.engine) > before, "the first people")
            first.kill()
            first.wait()
            accepting.join(30)
        with served(running) as (_, port):
            again = httpx2.post(
                f"http://127.0.0.1:{port}/v1/imports/accept",
                json=body,
                headers=headers,
                timeout=120,
            )
        assert again.status_code == 200, again.text
        published = promised["result"]["published"]
        assert published > ROWS * 0.9
        wait_until(
            lambda: enrolled(hub.engine, charity) == (published, published), "one event each"
        )

    assert running.json("audit")["differences"] == []
