"""How long the passports and the figures of a city take to be made anew from their trays.

London's hubs help 44,274 residents a year (GLA); with twenty events each that is a year of 885,480
events. Both readers begin at the start of their trays, into empty tables, each a process of its
own, at once: among so many events, twice and four times as many.
"""

import json
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from consumers.analytics.facts import AnalyticsFacts
from consumers.passport.facts import PassportFacts
from deploy.hub import Hub
from deploy.programs.read_trays import PASSPORT_AGREEMENT, STATISTICS_AGREEMENT
from schemas.trays import out_tray
from tests.bench.filled_trays import add_people, filter_all, hub_of, publish, set_up
from tests.bench.follower_speed import follow
from tests.bench.hub_programs import say
from tests.bench.servers import embedded_servers

EVENTS_OF_A_PERSON: Final = 20
RATIO_MAX: Final = 1.25
"""The time a record among the most events, as a share of that among the fewest."""
_STEPS: Final = (1, 2, 4)
_READERS: Final = ("passport", "analytics")


def main() -> int:
    """Print how long it takes; return 1 where more events take longer, each."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=15_000, help="at the first step")
    parser.add_argument("--reader", choices=_READERS, help="make one anew (internal)")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    if options.reader:
        print(json.dumps(_rebuilt(hub_of(options.home), options.reader)))
        return 0
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        return _bench(Path(folder), options.events)


def _bench(home: Path, events: int) -> int:
    rows: list[dict[str, Any]] = []
    with embedded_servers(home) as addresses:
        hub, there = set_up(home, addresses), 0
        for step in _STEPS:
            more = step * events - there
            say(f"publishing and filtering {more:,} more events")
            publish(hub, add_people(hub, -(-more // EVENTS_OF_A_PERSON)), more)
            filter_all(hub)
            there += more
            say(f"passports and figures of {there:,} events, made anew")
            rows.append(_made_anew(home, there))
        hub.engine.dispose()
    first, last = (row["seconds"] / row["events"] for row in (rows[0], rows[-1]))
    ratio = last / first
    figures = {"rows": rows, "ratio": round(ratio, 2), "ratio_limit": RATIO_MAX}
    print(json.dumps(figures, indent=2))
    return 0 if ratio <= RATIO_MAX else 1


def _made_anew(home: Path, events: int) -> dict[str, Any]:
    """Let both readers begin anew at once; return how long it took until the slower had ended."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", __spec__.name, "--home", str(home), "--reader"]
    readers = {
        name: subprocess.Popen([*command, name], stdout=subprocess.PIPE)  # noqa: S603 - this very file
        for name in _READERS
    }
    rates = {name: json.loads(one.communicate(timeout=3600)[0]) for name, one in readers.items()}
    seconds = time.perf_counter() - begun
    return {"events": events, "seconds": round(seconds, 1), "records_per_second": rates}


def _rebuilt(hub: Hub, name: str) -> int:
    if name == "passport":
        return round(follow(hub, out_tray(PASSPORT_AGREEMENT), PassportFacts(hub.vault)))
    return round(follow(hub, out_tray(STATISTICS_AGREEMENT), AnalyticsFacts()))


if __name__ == "__main__":
    raise SystemExit(main())
