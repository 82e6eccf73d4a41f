"""Batches of 100 over HTTP against the publisher with the same events: `make bench`.

The server is the process that `nwd up` runs; four connections send to it from this one, each a
batch as soon as the one before was answered. The publisher is given the events as they are, and as
the very lines that are sent over HTTP, as `nwd publish` reads them. All take turns, so that what
else the machine does meets each; the ratio is the median's.
"""

import json
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple
from uuid import uuid4

from consent_ledger.credentials.scopes import parse_scope
from consent_ledger.ledger.clock import system_clock
from deploy.broker.in_trays import open_in_trays
from deploy.home.api_token import create_api_token
from deploy.operations.api_keys import make_api_key
from producers.examples import EXAMPLES
from producers.json_lines import LineAccount, line_of, take_lines
from producers.publisher import Publisher
from schemas.events import Event, Referral
from schemas.identifiers import AgreementId, EventId, OrganisationId, PassportNumber
from tests.bench.hub_programs import running, say
from tests.bench.prepared_bus import PROVIDER, SERVICE, register, set_up
from tests.bench.servers import embedded_servers
from tests.support.web import free_port, wait_until_served


class Events(NamedTuple):
    """Events, and the lines that they are sent as."""

    events: list[Event]
    lines: list[bytes]


Way = Callable[[Events], None]

RATIO_MIN: Final = 0.5
BATCH: Final = 100
CONNECTIONS: Final = 4
ROUNDS: Final = 3
PEOPLE: Final = 1_000
AGREEMENT: Final = AgreementId("one.purpose")
SPARE: Final = AgreementId("bare.copy")


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where the limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="in each round, of each way")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        figures = _bench(Path(folder), options.events)
    print(json.dumps(figures, indent=2))
    return 0 if figures["is_held"] else 1


def _bench(home: Path, count: int) -> dict[str, Any]:
    with embedded_servers(home) as addresses:
        hub = set_up(home, addresses, [AGREEMENT], SPARE)
        create_api_token(home)
        people = register(hub, PEOPLE, [AGREEMENT])
        scope = parse_scope(f"publish:{PROVIDER}")
        _, secret = make_api_key(hub, OrganisationId(PROVIDER), [scope], days=1)
        port = free_port()
        with (
            running(home, addresses.kafka, "web", "--port", str(port)),
            open_in_trays(addresses.kafka) as trays,
        ):
            wait_until_served(port)
            ways: dict[str, Way] = {
                "publisher": lambda sent: _publish(trays, sent.events),
                "publisher_from_lines": lambda sent: _publish_lines(trays, sent.lines),
                "gateway": lambda sent: _send(port, secret, sent.lines),
            }
            for way in ways.values():
                way(_new(people, BATCH))  # connections, plans, caches
            rounds = [_round(ways, people, count) for _ in range(ROUNDS)]
        hub.engine.dispose()
    ratios = sorted(row["gateway"] / row["publisher"] for row in rounds)
    from_lines = [row["gateway"] / row["publisher_from_lines"] for row in rounds]
    return {
        "events": count * ROUNDS,
        "events_per_second": {name: round(median(row[name] for row in rounds)) for name in ways},
        "ratio": round(median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
        "ratio_from_lines": round(median(from_lines), 2),
        "ratio_limit": RATIO_MIN,
        "is_held": median(ratios) >= RATIO_MIN,
    }


def _round(ways: dict[str, Way], people: Sequence[PassportNumber], count: int) -> dict[str, float]:
    """Return events a second by each way, of new events."""
    rates = {}
    for name, way in ways.items():
        say(f"{count:,} events by the {name}")
        sent = _new(people, count)
        begun = time.perf_counter()
        way(sent)
        rates[name] = count / (time.perf_counter() - begun)
    return rates


def _new(people: Sequence[PassportNumber], count: int) -> Events:
    """Return so many referrals, in turn about these people."""
    example = EXAMPLES["referral"]
    assert isinstance(example, Referral)
    participation = example.participation.model_copy(update={"service_id": SERVICE})
    same = {"provider_id": PROVIDER, "participation": participation}
    events: list[Event] = [
        example.model_copy(
            update=same
            | {
                "event_id": EventId(str(uuid4())),
                "participant_id": people[number % len(people)],
            }
        )
        for number in range(count)
    ]
    return Events(events, [line_of(event).encode() for event in events])


def _publish(trays: Publisher, events: Sequence[Event]) -> None:
    for event in events:
        trays.publish(event)
    trays.flush()


def _publish_lines(trays: Publisher, lines: Sequence[bytes]) -> None:
    account = LineAccount()
    take_lines(lines, lambda _, event: trays.publish(event), account, system_clock)
    trays.flush()
    assert account.accepted == len(lines)


def _send(port: int, secret: str, lines: Sequence[bytes]) -> None:
    """Send all events over some connections, and demand that each batch is accepted."""
    batches = [b"\n".join(lines[at : at + BATCH]) for at in range(0, len(lines), BATCH)]
    statuses: list[int] = []

    def send() -> None:
        headers = {"authorization": f"Bearer {secret}", "content-type": "application/x-ndjson"}
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while batches:
            try:
                body = batches.pop()
            except IndexError:
                break  # another connection was quicker
            connection.request("POST", "/v1/events", body, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {202}, statuses


if __name__ == "__main__":
    raise SystemExit(main())
