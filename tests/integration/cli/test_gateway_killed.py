"""`kill -9` of the server while it publishes: nothing is lost, and nothing counts twice."""

import threading
from contextlib import closing, suppress
from http.client import HTTPException
from uuid import uuid4

from tests.integration.cli.conftest import Bus
from tests.integration.cli.test_waiting import served
from tests.support.gateway import GatewayClient, gateway_client

BATCHES, EVENTS = 30, 20
KILLED_AFTER = 5


def test_what_was_not_answered_can_be_sent_again(running: Bus) -> None:
    """What was answered stands on the bus; what was not may, and counts once all the same."""
    number = running.participant()
    line = running.line("referral", number)
    batches = [
        "\n".join(f'{{"event_id": "{uuid4()}", {line.removeprefix("{")}' for _ in range(EVENTS))
        for _ in range(BATCHES)
    ]
    answered: set[str] = set()
    enough = threading.Event()

    def send_all(client: GatewayClient) -> None:
        for batch in batches:
            if batch not in answered:
                headers = {"content_type": "application/x-ndjson"}
                status, _ = client.send("POST", "/v1/events", batch, **headers)
                assert status == 202
                answered.add(batch)
                if len(answered) == KILLED_AFTER:
                    enough.set()

    def send_until_killed(client: GatewayClient) -> None:
        with suppress(OSError, HTTPException):  # the server is gone
            send_all(client)

    letters = running.lines("dead-letters")
    with served(running) as (first, port), gateway_client(running, port, "borough-d") as client:
        sending = threading.Thread(target=send_until_killed, args=(client,))
        sending.start()
        assert enough.wait(30)
        first.kill()
        first.wait()
        sending.join(30)
        assert KILLED_AFTER <= len(answered) < BATCHES

        with served(running) as (_, again), closing(client.elsewhere(again)) as back:
            send_all(back)
            assert back.post("/v1/events/looked-at", wait_seconds=60)["is_all_looked_at"]

    assert running.json("participant", "show", number)["events"] == BATCHES * EVENTS
    assert running.lines("dead-letters") == letters
    assert running.json("audit")["differences"] == []
