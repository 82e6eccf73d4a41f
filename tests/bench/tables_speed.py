"""How quick a table becomes events, beside reading and validating its rows and nothing else.

One process reads 100,000 rows of CSV by a mapping, twice as an import does, and gives every event
to a publisher that counts. Who comes is registered and compared in memory: what PostgreSQL takes is
the register's benchmark. The yardstick, in the same process, is `csv.DictReader` and pydantic's
validation of the same event for each row. A second process imports alone, and tells its peak of
memory; a third does so with a workbook.
"""

import csv
import json
import resource
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import xlsxwriter

from producers.hub import Applicant, DoorKey, EventPublisher, Registered, Registrar
from producers.snapshots.snapshot import (
    Finding,
    Item,
    ItemKind,
    SnapshotSession,
    SnapshotStore,
    Verdict,
)
from producers.tables.importer import TableImporter
from producers.tables.mapping import Mapping
from producers.tables.opening import open_table
from producers.tables.result import TableResult
from schemas.events import Enrolment, Event
from schemas.identifiers import EventId, PassportNumber, ProviderId, new_passport_number

ROWS: Final = 100_000
RATIO_MIN: Final = 0.3
"""It is to be 0.3: what is held also on a busy machine."""
MEGABYTES_MAX: Final = 300
RUNS: Final = 3
PROVIDER: Final = ProviderId("charity-b")
SERVICE: Final = "charity-b.mentoring"
COLUMNS: Final = {
    "First name": "identity.given_names",
    "Surname": "identity.family_name",
    "Date of birth": "identity.date_of_birth",
    "Phone": "contact.phone",
    "Email": "contact.email",
    "Postcode": "contact.postcode",
    "Started": "participation.started_on",
    "Ends": "participation.planned_end_on",
    "Programme": "participation.programme",
}
MAPPING: Final = Mapping.model_validate(
    {
        "name": "clients",
        "version": 1,
        "reference": "Client ID",
        "columns": COLUMNS,
        "events": {
            "enrolment": {
                "fixed": {"participation.service_id": SERVICE, "participation.stage": "started"}
            }
        },
    }
)
_NUMBER: Final = new_passport_number()


def main() -> int:
    """Print both speeds, their ratio, and peaks of memory; return 1 where a limit is not held."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--alone", type=Path, help="import a file and tell the peak (internal)")
    arguments = parser.parse_args()
    if arguments.alone:
        imported(arguments.alone)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return 0
    with TemporaryDirectory() as folder:
        table, book = Path(folder, "clients.csv"), Path(folder, "clients.xlsx")
        write_csv(table, arguments.rows)
        write_workbook(book, arguments.rows)
        ours, plain = list[float](), list[float]()
        for _ in range(RUNS):
            with timed(plain):
                assert validated(table) == arguments.rows
            with timed(ours):
                assert imported(table).published == arguments.rows
        megabytes = {path.suffix: peak_of(path) for path in (table, book)}
    ratio = min(plain) / min(ours)
    print(
        json.dumps(
            {
                "rows": arguments.rows,
                "imported_rows_per_second": round(arguments.rows / min(ours)),
                "validated_rows_per_second": round(arguments.rows / min(plain)),
                "ratio": round(ratio, 2),
                "ratio_limit": RATIO_MIN,
                "peak_megabytes_csv": megabytes[".csv"],
                "peak_megabytes_xlsx": megabytes[".xlsx"],
                "megabytes_limit": MEGABYTES_MAX,
            },
            indent=2,
        )
    )
    return 0 if ratio >= RATIO_MIN and max(megabytes.values()) < MEGABYTES_MAX else 1


def rows_of(count: int) -> Iterator[list[str]]:
    """Yield headings, and as many rows of made-up people."""
    yield ["Client ID", *COLUMNS]
    first = date(1960, 1, 1)
    for number in range(count):
        born = (first + timedelta(days=number * 13 % 16_000)).isoformat()
        yield [
            *(f"C{number:06}", f"Given {number % 977}", f"Family {number % 1_009}", born),
            *(f"07700 {number:06}", f"person{number}@example.org", "E8 3RH"),
            *("2026-02-02", "2026-08-02", "Connect to Work"),
        ]


def write_csv(path: Path, count: int) -> None:
    """Write the table as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows_of(count))


def write_workbook(path: Path, count: int) -> None:
    """Write the table as a workbook."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate(rows_of(count)):
            sheet.write_row(line, 0, cells)


def validated(path: Path) -> int:
    """Read each row by DictReader and validate its event; return how many there were."""
    count = 0
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            event = {
                "event_id": "00000000-0000-8000-8000-000000000000",
                "participant_id": _NUMBER,
                "provider_id": PROVIDER,
                "occurred_at": moment,
                "recorded_at": moment,
                "participation": {
                    "service_id": SERVICE,
                    "stage": "started",
                    "started_on": row["Started"],
                    "planned_end_on": row["Ends"],
                    "programme": row["Programme"],
                },
                "identity": {
                    "given_names": row["First name"],
                    "family_name": row["Surname"],
                    "date_of_birth": row["Date of birth"],
                },
                "contact": {
                    "phone": row["Phone"],
                    "email": row["Email"],
                    "postcode": row["Postcode"],
                },
            }
            Enrolment.model_validate(event, strict=False)
            count += 1
    return count


def imported(path: Path) -> TableResult:
    """Import a table, all but the servers."""
    importer = TableImporter(
        PROVIDER,
        DoorKey(bytes(32)),
        _Everybody(),
        _NothingStored(),
        lambda: datetime(2026, 3, 1, tzinfo=UTC),
        {SERVICE},
    )
    with open_table(path) as table:
        return importer.run(table, MAPPING, _Counting())


def peak_of(path: Path) -> int:
    """Return the most memory, in megabytes, that a process of its own takes to import a table."""
    done = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, "-m", __spec__.name, "--alone", str(path)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=600,
    )
    return int(done.stdout)


@contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    """Add what the block takes, in processor time."""
    begin = time.process_time()
    yield
    seconds.append(time.process_time() - begin)


class _Everybody(Registrar):
    """Registers whoever comes, under one number."""

    def register(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> list[Registered]:
        """Register."""
        del provider_id
        return [Registered(PassportNumber(_NUMBER), is_new=True) for _ in applicants]

    def trial(self) -> "_Everybody":
        """Try."""
        return self


@dataclass
class _Counting(EventPublisher):
    """Counts what it gets."""

    events: int = 0

    def publish(self, event: Event) -> None:
        """Count."""
        del event
        self.events += 1

    def flush(self) -> None:
        """Do nothing."""


class _NothingStored(SnapshotStore):
    """A snapshot in which everything is new."""

    @contextmanager
    def begin(self, *_: Any) -> Iterator[SnapshotSession]:
        """Begin."""
        yield _EverythingNew()


class _EverythingNew(SnapshotSession):
    def compare(self, items: Sequence[Item]) -> list[Finding]:
        return [Finding(Verdict.NEW, 1, is_due=True) for _ in items]

    def latest(self, *, of: str) -> None:
        del of

    def stored(self, event_ids: Sequence[EventId]) -> set[EventId]:
        del event_ids
        return set()

    def hold(self, event_ids: Sequence[str]) -> None:
        pass

    def vanished(self) -> Any:
        return dict.fromkeys(ItemKind, ())

    def publishing(self) -> None:
        pass

    def accept(self) -> None:
        pass


if __name__ == "__main__":
    raise SystemExit(main())
