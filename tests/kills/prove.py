"""Real kills under load, as many as asked for, and a report.

python -m tests.kills.prove --kills 500 --seed 4711 --client librdkafka

Progress goes to standard error, the report to standard output as one JSON object.
"""

import json
import secrets
import sys
from argparse import ArgumentParser

from schemas.kafka_connection import KafkaClient
from tests.kills.campaign import fight
from tests.plugins.server_folder import run_folder


def main() -> int:
    """Print the report; return 1 when anything was wrong."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument(
        "--client",
        type=KafkaClient,
        choices=list(KafkaClient),
        default=KafkaClient.KAFKA_PYTHON,
        help="what the filter reads and writes with",
    )
    options = parser.parse_args()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    say(f"seed {options.seed}, {options.client}")
    with run_folder() as folder:
        campaign = fight(folder, options.seed, options.kills, say, options.client)
    print(json.dumps(campaign.report(), indent=2))
    return 1 if campaign.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
