"""Everything that is guaranteed, checked in the long profile, and one report: `make prove`.

python -m tests.prove                         all of it, some hours
python -m tests.prove --only model --only tampering
python -m tests.prove --histories 100000 --kills 50
python -m tests.prove --seed 4711             play one simulated history again, step by step

Each part is a program of its own and can be run by itself. Progress goes to standard error; the
report, as a table or with --json as JSON, to standard output.
"""

import json
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from tests.plugins.profile import PROFILES

Options = Namespace


class Part(NamedTuple):
    """A guarantee's check: what Python is to run, and how what it prints is read."""

    name: str
    arguments: Callable[[Options], Sequence[str]]
    reports_json: bool = True
    is_benchmark: bool = False


class Found(NamedTuple):
    """What a part found. It holds when its program ended with 0."""

    name: str
    holds: bool
    seconds: float
    report: dict[str, Any]


def _module(name: str, *options: str) -> Callable[[Options], Sequence[str]]:
    return lambda _: ("-m", name, *options)


def _pytest(*arguments: str) -> Callable[[Options], Sequence[str]]:
    return lambda _: ("-m", "pytest", "-q", *arguments)


PARTS = (
    Part(
        "simulation",
        lambda options: ("-m", "tests.simulation.prove", "--histories", str(options.histories)),
    ),
    Part("mutants", _module("tests.simulation.mutants"), reports_json=False),
    Part("model", _module("tests.model.prove")),
    Part(
        "tampering",
        lambda options: ("-m", "tests.tampering.prove", "--tampers", str(options.tampers)),
    ),
    # a thousand examples of one property take minutes on a busy machine
    Part(
        "properties",
        _pytest("--profile=prove", "--timeout=3600", "tests/properties"),
        reports_json=False,
    ),
    Part(
        "kills",
        lambda options: ("-m", "tests.kills.prove", "--kills", str(options.kills)),
    ),
    Part("outages", _pytest("tests/kills/test_outages.py"), reports_json=False),
    Part("erasure on a disk", _pytest("tests/real"), reports_json=False),
    Part("speed of the filter", _module("tests.bench.filter_speed"), is_benchmark=True),
    Part("speed of two shards", _module("tests.bench.shards_speed"), is_benchmark=True),
    Part("speed among many", _module("tests.bench.scaling_speed"), is_benchmark=True),
    Part("speed of compiled modules", _module("tests.bench.compiled_speed"), is_benchmark=True),
    Part("speed of a withdrawal", _module("tests.bench.withdrawal_speed"), is_benchmark=True),
    Part("speed beside a sweep", _module("tests.bench.sweep_speed"), is_benchmark=True),
    Part("speed of an event", _module("tests.bench.arrival_speed"), is_benchmark=True),
    Part("speed of the ledger", _module("tests.bench.ledger_speed"), is_benchmark=True),
    Part("speed of the audit", _module("tests.bench.audit_speed"), is_benchmark=True),
    Part("speed of the readers", _module("tests.bench.follower_speed"), is_benchmark=True),
    Part("speed of a rebuilding", _module("tests.bench.rebuild_speed"), is_benchmark=True),
    Part("speed of the inbox", _module("tests.bench.inbox_speed"), is_benchmark=True),
    Part("speed of the gateway", _module("tests.bench.gateway_speed"), is_benchmark=True),
    Part("speed of tables", _module("tests.bench.tables_speed"), is_benchmark=True),
    Part("matching", _module("tests.bench.matching.benchmark")),
)


def main() -> int:
    """Run the parts, print the report, and return 1 when a part does not hold."""
    parser = ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--histories", type=int, default=PROFILES["prove"].histories)
    parser.add_argument("--tampers", type=int, default=PROFILES["prove"].tampers)
    parser.add_argument("--kills", type=int, default=PROFILES["prove"].kills)
    parser.add_argument("--only", action="append", choices=[part.name for part in PARTS])
    parser.add_argument("--benchmarks", action="store_true", help="speed alone")
    parser.add_argument("--seed", type=int, help="play this one history and print its steps")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args()
    if options.seed is not None:
        played = ("-m", "tests.simulation.prove", "--seed", str(options.seed))
        return subprocess.call([sys.executable, *played])  # noqa: S603 - this Python, our own program
    found = [
        run(part, options)
        for part in PARTS
        if (options.only is None or part.name in options.only)
        and (part.is_benchmark or not options.benchmarks)
    ]
    if options.json:
        print(json.dumps({one.name: one._asdict() for one in found}, indent=2))
    else:
        _print(found)
    return 0 if all(one.holds for one in found) else 1


def run(part: Part, options: Options) -> Found:
    """Run one part; what it says of its progress, and then its report, go to standard error.

    So nothing is lost of a run that is cut short hours later.
    """
    print(f"{part.name} ...", file=sys.stderr, flush=True)
    begin = time.monotonic()
    done = subprocess.run(  # noqa: S603 - this Python, our own program
        [sys.executable, *part.arguments(options)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode and not part.reports_json:
        print(done.stdout, file=sys.stderr)  # which test it was, and how it is tried again
    report: dict[str, Any] = {"said": (done.stdout.strip().splitlines() or [""])[-1]}
    if part.reports_json and done.stdout:
        printed = json.loads(done.stdout)
        report = printed if isinstance(printed, dict) else {"rows": printed}
    found = Found(part.name, done.returncode == 0, round(time.monotonic() - begin, 1), report)
    print(json.dumps(found._asdict()), file=sys.stderr, flush=True)
    return found


def _print(found: Sequence[Found]) -> None:
    console = Console(width=140)
    table = Table("what", "holds", "seconds", "figures", title="What is guaranteed")
    for one in found:
        figures = "\n".join(f"{name}  {value}" for name, value in figures_of(one.report))
        table.add_row(one.name, "yes" if one.holds else "NO", f"{one.seconds:,.0f}", figures)
        table.add_section()
    console.print(table)


def figures_of(report: Any, name: str = "") -> Iterator[tuple[str, object]]:
    """Yield each figure of a report by its name, one within others by all their names.

    A list is one line; a list of reports one line each, if they have no others within.
    """
    if isinstance(report, dict):
        for key, value in report.items():
            yield from figures_of(value, f"{name} {_in_words(key)}".strip())
    elif isinstance(report, list) and any(isinstance(one, dict) for one in report):
        for one in report:
            if any(isinstance(value, dict | list) for value in one.values()):
                yield from figures_of(one, name)
            else:
                yield name, ", ".join(f"{_in_words(key)} {value}" for key, value in one.items())
    elif isinstance(report, list):
        yield name, ", ".join(map(str, report))
    else:
        yield name, report


def _in_words(key: str) -> str:
    return key.replace("_", " ")


if __name__ == "__main__":
    raise SystemExit(main())
