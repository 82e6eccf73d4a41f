"""A tray over HTTP against the same tray from Kafka, decoded on both sides: `make bench`.

The bus is the shipped one, its trays filled by the filter; the server is `nwd run web`. Both are
read in turn, so that what else the machine does meets both; the ratio is the median's. What Kafka
gives undecoded is printed beside it.
"""

import json
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any, Final

from consent_ledger.credentials.api_keys import make_key
from consent_ledger.credentials.scopes import Scope, ScopeKind
from consumers.record_fields import record_fields
from consumers.tray_reader import TrayReader
from deploy.home.api_token import create_api_token
from deploy.hub import Hub
from deploy.one_machine.embedded.ports import free_ports, is_free
from schemas.identifiers import AgreementId, OrganisationId
from schemas.trays import TrayRecord, is_tick, out_tray
from tests.bench.change_times import PATIENCE_SECONDS
from tests.bench.filled_trays import add_people, filter_all, publish, set_up
from tests.bench.hub_programs import running, say
from tests.bench.own_records import clients_own_records
from tests.bench.servers import embedded_servers

RATIO_MIN: Final = 0.3
ROUNDS: Final = 3
PAGE: Final = 5_000
READER: Final = OrganisationId("borough-d")
AGREEMENT: Final = AgreementId("borough-d.support")


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where the limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        return _bench(Path(folder), options.participants, options.events)


def _bench(home: Path, participants: int, events: int) -> int:
    with embedded_servers(home) as addresses:
        hub = set_up(home, addresses)
        create_api_token(home)
        people = add_people(hub, participants)
        say(f"publishing and filtering {events:,} events")
        publish(hub, people, events)
        filter_all(hub)
        with hub.ledger.begin() as tx:
            scopes = [Scope(ScopeKind.READ, AGREEMENT)]
            _, secret = make_key(tx, READER, scopes, timedelta(days=1))
        (port,) = free_ports(1)
        with running(home, addresses.kafka, "web", "--port", str(port)):
            _wait_for(port)
            figures = _measured(hub, port, secret)
        hub.engine.dispose()
    print(json.dumps(figures, indent=2))
    return 0 if figures["ratio"] >= RATIO_MIN else 1


def _measured(hub: Hub, port: int, secret: str) -> dict[str, Any]:
    say(f"reading {AGREEMENT}")
    _by_http(port, secret)  # so that neither pays for a first time
    rounds = [
        (_from_kafka(hub, len), _from_kafka(hub, record_fields), _by_http(port, secret))
        for _ in range(ROUNDS)
    ]
    bare, decoded, http = (list(rates) for rates in zip(*rounds, strict=True))
    ratios = [mine / its for _, its, mine in rounds]
    return {
        "ratio_limit": RATIO_MIN,
        "kafka_undecoded_records_per_second": round(median(bare)),
        "kafka_records_per_second": round(median(decoded)),
        "http_records_per_second": round(median(http)),
        "ratio": round(median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in sorted(ratios)],
    }


def _from_kafka(hub: Hub, take: Callable[[TrayRecord], object]) -> float:
    """Read the tray to its end by the bare client, and return records a second."""
    with clients_own_records(), TrayReader(hub.addresses.kafka, out_tray(AGREEMENT)) as tray:
        begin, count = time.perf_counter(), 0
        at = tray.starts()
        tray.seek(at)
        while any(at[partition] < held.stop for partition, held in tray.held.items()):
            batch = tray.poll(1.0)
            for record in batch.records:
                if not is_tick(record.key):
                    take(record)
                    count += 1
            at = batch.positions
        return count / (time.perf_counter() - begin)


def _by_http(port: int, secret: str) -> float:
    """Read the tray to its end, page by page, and return records a second."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as server:
        begin, count, after = time.perf_counter(), 0, ""
        while True:
            path = f"/v1/trays/{AGREEMENT}?limit={PAGE}{after}"
            server.request("GET", path, headers={"Authorization": f"Bearer {secret}"})
            page = json.loads(server.getresponse().read())
            count += len(page["records"])
            after = f"&after={page['next']}"
            if page["is_caught_up"]:
                return count / (time.perf_counter() - begin)


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while is_free(port):
        assert time.monotonic() < until
        time.sleep(0.1)
    time.sleep(1.0)


if __name__ == "__main__":
    raise SystemExit(main())
