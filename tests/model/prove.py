"""Searches every design of the model and prints what was found, as JSON.

python -m tests.model.prove
python -m tests.model.prove --trail "no outbox"    the shortest history that breaks that one
"""

import json
from argparse import ArgumentParser

from tests.model.designs import DESIGNS
from tests.model.search import search, trail


def main() -> int:
    """Print the table, or one design's trail; return 1 when a row is not as it should be."""
    parser = ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trail", choices=[one.name for one in DESIGNS if one.breaks])
    wanted = parser.parse_args().trail
    if wanted is not None:
        for design in DESIGNS:
            if design.name == wanted:
                print("\n".join(trail(design)))
        return 0
    verdicts = [search(one) for one in DESIGNS]
    print(json.dumps([one._asdict() | {"holds": one.holds} for one in verdicts], indent=2))
    as_expected = [
        found.holds if design.breaks is None else found.broken == design.breaks
        for design, found in zip(DESIGNS, verdicts, strict=True)
    ]
    return 0 if all(as_expected) else 1


if __name__ == "__main__":
    raise SystemExit(main())
