"""Somebody else's withdrawal while very much is decided about again, in one run: `make bench`.

The filter is the process that `nwd up` runs. A few people have very many events, half and a quarter
of so many; others have ten each. While one of the former withdraws, and while a service is marked
otherwise, which concerns everybody, the others withdraw one after another. What that takes stands
beside what it takes on the same bus at rest. And what one person's own withdrawal takes must grow
in a straight line with their events.
"""

import json
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import psutil

from consent_ledger.agreements.services import Directory, Provider, Service
from consent_ledger.consent.changes import ALL, Grant, Withdrawal
from consent_ledger.consent.consent import apply
from consent_ledger.consent.new_terms import enter_services
from consent_ledger.ledger.enforcement import enforced, last_change, wait_until_enforced
from deploy.hub import Hub
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from tests.bench.change_times import spread, timed
from tests.bench.hub_programs import running, wait_until_disclosed
from tests.bench.prepared_bus import PROVIDER, SERVICE, publish, register, set_up
from tests.bench.servers import embedded_servers

AGREEMENT: Final = AgreementId("one.purpose")
SPARE: Final = AgreementId("bare.copy")
EVENTS: Final = 50_000
OTHERS: Final = 50
EVENTS_OF_OTHERS: Final = 10
AT_REST: Final = 40
"""Withdrawals that are timed while nothing else is done."""

DELAY_LIMIT_MS: Final = 250
"""That somebody else's withdrawal may wait for, beside what it takes at rest."""
LINE_LIMIT: Final = 1.3
"""That an event may take more where there are four times as many."""
PATIENCE_SECONDS: Final = 600.0


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS, help="of who has the most")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        figures = _bench(Path(folder), options.events)
    print(json.dumps(figures, indent=2))
    return 0 if figures["is_held"] else 1


def _bench(home: Path, events: int) -> dict[str, Any]:
    sizes = (events // 4, events // 2, events)
    with embedded_servers(home) as addresses:
        hub = set_up(home, addresses, [AGREEMENT], SPARE)
        busy = register(hub, len(sizes), [AGREEMENT])
        others = register(hub, OTHERS, [AGREEMENT])
        publish(addresses.kafka, others, OTHERS * EVENTS_OF_OTHERS)
        for number, size in zip(busy, sizes, strict=True):
            publish(addresses.kafka, [number], size)
        with running(home, addresses.kafka, "filter"):
            wait_until_disclosed(hub, sum(sizes) + OTHERS * EVENTS_OF_OTHERS)
            anybody = cycle(others)
            at_rest = [_back_and_forth(hub, next(anybody)) for _ in range(AT_REST)]
            alone = [_alone(hub, number) for number in busy]
            beside = {
                "one person": list(_meanwhile(hub, _withdrawn(hub, busy[-1]), anybody)),
                "everybody": list(_meanwhile(hub, _marked(hub), anybody)),
            }
        hub.engine.dispose()
    rest = spread(at_rest)
    # the longest beside the longest: a machine that is busy with other things delays both
    delays = {scene: round(max(took) * 1000 - rest["max"], 1) for scene, took in beside.items()}
    an_event = [seconds / size for seconds, size in zip(alone, sizes, strict=True)]
    line = round(an_event[-1] / an_event[0], 2)
    return {
        "events_of_one_person": sizes,
        "own_withdrawal_seconds": [round(seconds, 2) for seconds in alone],
        "own_withdrawal_us_an_event": [round(seconds * 1e6) for seconds in an_event],
        "an_event_of_four_times_as_many": line,
        "limit_of_that": LINE_LIMIT,
        "at_rest_ms": rest,
        "meanwhile_ms": {
            scene: {"withdrawals": len(took)} | spread(took) for scene, took in beside.items()
        },
        "longest_delay_ms": delays,
        "delay_limit_ms": DELAY_LIMIT_MS,
        "load_average": psutil.getloadavg(),
        "is_held": line <= LINE_LIMIT and max(delays.values()) <= DELAY_LIMIT_MS,
    }


def _back_and_forth(hub: Hub, number: PassportNumber) -> float:
    """Return how long a withdrawal took from recorded to enforced; then grant it again."""
    withdrawn = timed(hub, Withdrawal(number=number, agreement=AGREEMENT))
    timed(hub, Grant(number=number, agreement=AGREEMENT, categories=ALL))
    return withdrawn.enforced - withdrawn.recorded


def _alone(hub: Hub, number: PassportNumber) -> float:
    """Return the same of somebody with many events, for which nobody else is asked anything."""
    began = _withdrawn(hub, number)
    done = wait_until_enforced(hub.engine, began, PATIENCE_SECONDS)
    with hub.ledger.begin() as tx:
        again = apply(tx, Grant(number=number, agreement=AGREEMENT, categories=ALL))
    if done is None or wait_until_enforced(hub.engine, again, PATIENCE_SECONDS) is None:
        raise RuntimeError("a change was not enforced in good time")
    return done.seconds


def _meanwhile(hub: Hub, entry: LedgerIndex, others: Iterator[PassportNumber]) -> Iterator[float]:
    """Yield how long others' withdrawals take, which are over before an entry is enforced."""
    while True:
        took = _back_and_forth(hub, next(others))
        with hub.engine.connect() as connection:
            if enforced(connection, entry) is not None:
                return
        yield took


def _withdrawn(hub: Hub, number: PassportNumber) -> LedgerIndex:
    with hub.ledger.begin() as tx:
        return apply(tx, Withdrawal(number=number, agreement=AGREEMENT))


def _marked(hub: Hub) -> LedgerIndex:
    """Mark the service as sensitive: everybody's records are retracted."""
    directory = Directory(
        providers=(Provider(id=PROVIDER, name="A college"),),
        services=(Service(id=SERVICE, name="Courses", sensitive=True),),
    )
    with hub.ledger.begin() as tx:
        enter_services(tx, directory)
    with hub.engine.connect() as connection:
        return last_change(connection)


if __name__ == "__main__":
    raise SystemExit(main())
