"""What one registration costs among so many people: processor time, of the hub and of PostgreSQL.

In turns, each in a transaction of its own, through the register on a real PostgreSQL: somebody of
whom nothing is told but the provider's reference, which is a registration without matching;
somebody who is said to be new, who is kept, and not searched for; somebody who is searched for. Of
these, three in ten are registered already. Processor time is Linux's, of the process and of the
server's process of the connection, so other work on the machine hardly shows.
"""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, text

from consent_ledger.agreements.services import Directory, Provider
from consent_ledger.consent.new_terms import enter_services
from consent_ledger.journal.vault import epoch_of
from consent_ledger.ledger.clock import system_clock
from consent_ledger.register.asked import Registrant
from consent_ledger.register.register import Register
from consent_ledger.transaction import PostgresLedger
from deploy.migrations.database import application_engine
from deploy.migrations.migrate import migrate
from schemas.identifiers import new_passport_number
from tests.bench.matching.filling import (
    JOURNAL_KEY,
    PROVIDER,
    SIGNER,
    demand_same_rows,
    fill,
    registering,
    seed_of,
)
from tests.bench.matching.londoners import tellings
from tests.bench.matching.plots import Line, Plots
from tests.bench.prepared_bus import new_passport_numbers
from tests.bench.servers import embedded_postgres

MEDIAN_MAX: Final = 2.0
"""How many times the processor time of a registration without matching, at the median."""
P99_MAX: Final = 10.0
"""How many times the median of those without matching, at p99."""

WITHOUT: Final = "without matching"
KEPT: Final = "kept, not searched for"
MATCHED: Final = "with matching"
SAMPLE: Final = 600
_OTHERS_EVERY: Final = 3
"""Turns: of those without matching the median alone is wanted."""
_RETURNING: Final = 0.3
_FIRST_TAKE_LONGER: Final = 50
_STEPS: Final = (10_000, 100_000, 300_000)
_TEN: Final = 10
_MS: Final = 1e6

_SETTINGS: Final = {"max_wal_size": "8GB", "fsync": "off"}
"""What waits for a disk takes no processor time, and much of the time of a benchmark."""

Figures = dict[str, Any]


class Cost(NamedTuple):
    """Processor time of one registration, in milliseconds."""

    hub: float
    database: float

    @property
    def both(self) -> float:
        """Of the hub and of PostgreSQL."""
        return self.hub + self.database


class Hub(NamedTuple):
    """A hub's database and its register."""

    ledger: PostgresLedger
    register: Register
    superuser_url: str


def measure(
    registered: int, broken: list[str], plots: Plots, *, sample: int = SAMPLE
) -> list[Figures]:
    """Return the figures among ten thousand people, a hundred thousand, and so on up to so many."""
    numbers = new_passport_numbers(registered)
    rows: list[Figures] = []
    with new_hub() as hub:
        demand_same_rows(hub.superuser_url, numbers)
        done = 0
        for count in _steps(registered):
            print(f"filling the register up to {count:,}", flush=True)
            fill(hub.superuser_url, numbers[done:count], done)
            rows.append(_among(count, hub, _people(count, done, sample), broken))
            print(json.dumps(rows[-1]), flush=True)
            done = count
    draw(rows, plots)
    return rows


def draw(rows: Sequence[Figures], plots: Plots) -> None:
    """Draw the costs, as multiples of what a registration without matching takes."""
    lines = [
        Line(f"{kind}, {at}", {row["people"]: row[kind][at] / row[WITHOUT]["p50"] for row in rows})
        for kind, at in ((MATCHED, "p99"), (MATCHED, "p50"), (KEPT, "p50"))
    ]
    plots.cost("cost", lines, f"times the processor time {WITHOUT}")


@contextmanager
def new_hub() -> Iterator[Hub]:
    """Give the register of a hub on a PostgreSQL of its own, of which one provider is known."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_postgres(Path(folder), _SETTINGS) as postgres,
    ):
        migrate(postgres.owner_url)
        engine = application_engine(postgres.url)
        ledger = PostgresLedger(engine, SIGNER, system_clock)
        with ledger.begin() as tx:
            tx.begin_epoch(epoch_of(JOURNAL_KEY))
            enter_services(
                tx, Directory(providers=(Provider(id=PROVIDER, name="A college"),), services=())
            )
        yield Hub(ledger, registering(new_passport_number), postgres.superuser_url)
        engine.dispose()


class Meter:
    """Measures processor time of this process and of the server's process of a connection."""

    def __init__(self, engine: Engine) -> None:
        with engine.connect() as connection:
            self.backend: int = connection.scalar(text("SELECT pg_backend_pid()")) or 0
        self._engine = engine
        self._begun = (0, 0)

    def begin(self) -> None:
        """Begin to measure."""
        self._begun = (time.process_time_ns(), _processor_time(self.backend))

    def end(self) -> Cost:
        """Return what was used since."""
        hub, database = self._begun
        return Cost(
            (time.process_time_ns() - hub) / _MS,
            (_processor_time(self.backend) - database) / _MS,
        )

    def demand_same_backend(self) -> None:
        """Raise AssertionError where the connection was another than the one measured."""
        assert Meter(self._engine).backend == self.backend


def _among(count: int, hub: Hub, people: dict[str, list[Registrant]], broken: list[str]) -> Figures:
    meter = Meter(hub.ledger.engine)
    found: dict[str, list[Cost]] = {kind: [] for kind in people}
    for turn in range(len(people[MATCHED])):
        for kind, registrants in people.items():
            if kind != MATCHED and turn % _OTHERS_EVERY:
                continue
            meter.begin()
            with hub.ledger.begin() as tx:
                hub.register.register_all(tx, PROVIDER, [registrants[turn]])
            if turn >= _FIRST_TAKE_LONGER:
                found[kind].append(meter.end())
    meter.demand_same_backend()
    figures = {kind: _spread(costs) for kind, costs in found.items()}
    usual = figures[WITHOUT]["p50"]
    at_median, at_p99 = figures[MATCHED]["p50"] / usual, figures[MATCHED]["p99"] / usual
    if at_median > MEDIAN_MAX:
        broken.append(f"among {count:,}: {at_median:.2f} times the processor time at the median")
    if at_p99 > P99_MAX:
        broken.append(f"among {count:,}: {at_p99:.2f} times the processor time at p99")
    ratios = {"median_ratio": round(at_median, 2), "p99_ratio": round(at_p99, 2)}
    return {"people": count, **ratios, **figures}


def _people(count: int, first: int, sample: int) -> dict[str, list[Registrant]]:
    """Return whom to register among so many, of whom those from the first on came last."""
    wanted = _FIRST_TAKE_LONGER + sample
    others = tellings(2 * wanted, seed=count + 1, first=10_000_000 + count)
    new = [Registrant(told.identity, told.contact, f"n{told.person}") for told, *_ in others]
    again = (
        Registrant(told.identity, told.contact, f"again {told.person}")
        for _, *later in tellings(count - first, seed_of(first), first=first)
        for told in later[:1]
    )
    searched = [
        next(again) if place % _TEN < _TEN * _RETURNING else who
        for place, who in enumerate(new[:wanted])
    ]
    kept = [
        Registrant(who.identity, who.contact, who.reference, is_new=True) for who in new[wanted:]
    ]
    nothing = [Registrant(reference=f"{count} nothing {place}") for place in range(wanted)]
    return {WITHOUT: nothing, KEPT: kept, MATCHED: searched}


def _steps(registered: int) -> Iterator[int]:
    yield from (count for count in _STEPS if count < registered)
    yield registered


def _spread(costs: Sequence[Cost]) -> dict[str, float]:
    both = [cost.both for cost in costs]
    return {
        "p50": round(median(both), 2),
        "p99": round(quantiles(both, n=100, method="inclusive")[98], 2),
        "p50_of_hub": round(median(cost.hub for cost in costs), 2),
        "p50_of_database": round(median(cost.database for cost in costs), 2),
    }


def _processor_time(process: int) -> int:
    """Return the nanoseconds for which a process has had a processor, by Linux."""
    return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[0])
