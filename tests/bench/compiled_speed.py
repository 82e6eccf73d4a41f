"""What compiling gains, step by step of the filter: both builds in one run, in turns.

Each step is timed by itself on the same events, in processor time; of several runs the quickest
counts. A step holds those that it calls: to admit an event is to walk it, too.
"""

import gc
import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final, cast

from consent_ledger.agreements.in_force import Mark
from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.batch import Preparation
from consent_ledger.filter.intake import admit
from consent_ledger.filter.people import PersonRow, ShownAs
from consent_ledger.filter.record_encoding import EncodedHeaders, encoded_batches
from consent_ledger.filter.records import InRecord
from consent_ledger.filter.store import EventKey, FilterTransaction, ShardLease
from consent_ledger.journal.disclosures import Disclosed, TrayPlace
from consent_ledger.journal.journal import Known
from consent_ledger.journal.vault import Vault
from consent_ledger.redaction.redactor import Redactor
from schemas import trays
from schemas.categories import Category, mask_of
from schemas.codec import walk
from schemas.framing import HEADER_BYTES
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from schemas.trays import in_tray, partition_of
from tests.bench.prepared_bus import PROVIDER, SERVICE, new_events, new_passport_numbers
from tests.support.bus_settings import PARTITIONS, PEPPER
from tests.support.trays_planned import NOW, make_agreement, make_planner

EVENTS: Final = 4_000
RUNS: Final = 5
TURNS: Final = 2
RATIO_MAX: Final = 0.9
"""A step that takes a larger share of its time when compiled is not worth compiling."""

_LEASE: Final = ShardLease(0, 1, {0: LedgerIndex(0)})
_NOW_MS: Final = 1_790_000_000_000


def main() -> int:
    """Print what each step takes on either build; return 1 where one gains less than a tenth."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--steps", action="store_true", help="time this process (internal)")
    if parser.parse_args().steps:
        print(json.dumps(timed_steps()))
        return 0
    builds = ("pure", "compiled")
    runs = {build: list[Mapping[str, float]]() for build in builds}
    for _ in range(TURNS):
        for build in builds:
            runs[build].append(_timed(build))
    rows, is_worth_it = [], True
    for name in runs["pure"][0]:
        pure, compiled = (min(run[name] for run in runs[build]) for build in builds)
        is_worth_it &= compiled / pure <= RATIO_MAX
        rows.append(
            {
                "step": name,
                "pure_microseconds_per_event": round(pure, 2),
                "compiled_microseconds_per_event": round(compiled, 2),
                "ratio": round(compiled / pure, 2),
                "ratio_limit": RATIO_MAX,
            }
        )
    print(json.dumps(rows, indent=2))
    return 0 if is_worth_it else 1


def timed_steps() -> dict[str, float]:
    """Return the microseconds of an event in each step, as this process runs it."""
    people = new_passport_numbers(EVENTS)
    values = [value for _, value in islice(new_events(people), EVENTS)]
    topic = in_tray(PROVIDER)
    records = [
        InRecord(topic, partition_of(person, PARTITIONS), at, person.encode(), value)
        for at, (person, value) in enumerate(zip(people, values, strict=True))
    ]
    events = [walk(value) for value in values]
    schema = events[0].schema
    agreements = [make_agreement(AgreementId(f"{name}.purpose")) for name in ("a", "b", "c")]
    mask = mask_of([Category.PARTICIPATION, Category.PROGRESS])
    standing = Standing(granted=mask, seq=LedgerIndex(50))
    standings = {agreement.id: standing for agreement in agreements}
    marked = {str(SERVICE): Mark(is_sensitive=False, seq=LedgerIndex(0))}
    planner = make_planner(agreements, services=marked)
    redactor = Redactor(agreements[0], PEPPER)
    planned = [
        planner.plan(event, ShownAs(event.participant_id), standings, {}, now=NOW)
        for event in events
    ]
    out = [delivery.record for plan in planned for delivery in plan.deliveries]
    sizes: list[int] = []
    vault = Vault([bytes(32)], PEPPER)
    tables = NothingKnown(vault, people, standings)
    preparation = Preparation(vault, PARTITIONS)
    return {
        "walk": _microseconds(lambda: [schema.walk(value, HEADER_BYTES) for value in values]),
        "walk and read the envelope": _microseconds(lambda: [walk(value) for value in values]),
        "find the partition": _microseconds(
            lambda: [partition_of(person, PARTITIONS) for person in people]
        ),
        "admit": _microseconds(lambda: [admit(record, PARTITIONS) for record in records]),
        "redact for one tray": _microseconds(
            lambda: [redactor.value(event, mask, event.participant_id) for event in events]
        ),
        "plan for three trays": _microseconds(
            lambda: [
                planner.plan(event, ShownAs(event.participant_id), standings, {}, now=NOW)
                for event in events
            ]
        ),
        "encode three records": _microseconds(
            lambda: list(encoded_batches(out, _NOW_MS, EncodedHeaders(), sizes.append))
        ),
        "a turn but for PostgreSQL and Kafka": _microseconds(
            lambda: preparation.prepare(
                *(cast("FilterTransaction", tables), _LEASE, planner),
                records=records,
                scope={},
                now=NOW,
            )
        ),
    }


class NothingKnown:
    """As much of a transaction as a turn of new events needs, of people who said yes."""

    def __init__(
        self,
        vault: Vault,
        people: Iterable[PassportNumber],
        standings: Mapping[AgreementId, Standing],
    ) -> None:
        self._people = {
            person: PersonRow("active", vault.new_key(person), standings, ShownAs(person))
            for person in people
        }

    def people(self, _numbers: object) -> Mapping[PassportNumber, PersonRow]:
        """Return all of them."""
        return self._people

    def known_events(self, _events: object) -> dict[EventKey, Known]:
        """Return nothing."""
        return {}

    def last_disclosed(self, _events: object) -> dict[EventKey, dict[TrayPlace, Disclosed]]:
        """Return nothing."""
        return {}

    def open_turn(self, _lease: object, _now: object) -> int:
        """Return any turn."""
        return 1

    def add_to_journal(self, rows: Iterable[object]) -> None:
        """Forget them."""
        list(rows)

    def add_disclosures(self, _turn: object, rows: Iterable[object]) -> None:
        """Forget them."""
        list(rows)

    def add_waiting(self, _rows: object, _now: object) -> None:
        """Forget them."""


def _microseconds(step: Callable[[], object]) -> float:
    """Return what an event takes in the quickest of several runs, without collecting garbage."""
    quickest = float("inf")
    for _ in range(RUNS):
        trays._hash_of.cache_clear()
        gc.collect()
        gc.disable()
        begin = time.process_time()
        step()
        quickest = min(quickest, time.process_time() - begin)
        gc.enable()
    return quickest / EVENTS * 1e6


def _timed(build: str) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, "-m", __spec__.name, "--steps"],
        env=os.environ | {"NWD_BUILD": build},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=600,
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    raise SystemExit(main())
