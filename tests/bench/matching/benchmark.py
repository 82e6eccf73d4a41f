"""The benchmark of matching: `make bench ARGS="--only matching"`.

How well one person is found again, on Febrl's sets and on made-up Londoners, beside Splink in the
same run; how fair that is; what a registration costs among a million people, and an import. With
`--plots docs/matching` it draws what it finds. Each part can be run by itself: `--part febrl`.
"""

import json
import sys
from argparse import ArgumentParser
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from tests.bench.matching import accuracy, cost, importing
from tests.bench.matching.plots import Plots

PARTS: Final = ("febrl", "londoners", "cost", "import")


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="this alone; several times")
    parser.add_argument("--people", type=int, default=200_000, help="how many Londoners")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-splink", action="store_true", help="of the Londoners")
    parser.add_argument("--registered", type=int, default=1_000_000, help="among how many: cost")
    parser.add_argument("--sample", type=int, default=cost.SAMPLE, help="registrations measured")
    parser.add_argument("--learners", type=int, default=100_000, help="of an import")
    parser.add_argument("--plots", type=Path, help="the folder to draw into")
    options = parser.parse_args()
    parts = options.part or PARTS
    plots = Plots(options.plots)
    broken: list[str] = []
    report: dict[str, Any] = {"broken_limits": broken}
    with redirect_stdout(sys.stderr):  # Splink tells its progress there
        if "febrl" in parts:
            report["febrl"] = accuracy.of_all_febrl(broken, plots)
        if "londoners" in parts:
            report |= accuracy.of_londoners(
                options.people,
                options.seed,
                broken,
                plots,
                with_splink=not options.without_splink,
            )
        if "cost" in parts:
            report["cost"] = cost.measure(options.registered, broken, plots, sample=options.sample)
        if "import" in parts:
            report["import"] = importing.measure(options.learners, broken, plots)
    print(json.dumps(report, indent=2, ensure_ascii=False))
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
