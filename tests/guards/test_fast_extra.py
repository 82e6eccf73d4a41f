"""The filter runs without the extra `fast`, and says what to install where it is asked for."""

import subprocess
import sys
import tomllib

from tests.guards.source_files import PACKAGES, ROOT, is_within, name_of, python_files, reached_by

FAST = "confluent_kafka"
ITS_FILE = "consent_ledger/filter/librdkafka_event_log.py"
OPEN = f"""
import sys
sys.modules[{FAST!r}] = None  # Python's word for a package that cannot be imported
from consent_ledger.filter.kafka_logs import ClientMissingError, open_kafka_log
from schemas.kafka_connection import KafkaClient, KafkaConnection
try:
    open_kafka_log(KafkaClient.LIBRDKAFKA, KafkaConnection("nowhere:1"), "filter-0")
except ClientMissingError as error:
    print(error)
"""


def test_the_extra_holds_what_is_imported_and_nothing_else_needs_it() -> None:
    """What `pip install "no-wrong-door[fast]"` adds, and it alone adds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (extra,) = project["optional-dependencies"]["fast"]

    assert extra.partition(">")[0].replace("-", "_") == FAST
    assert not any(line.startswith("confluent-kafka") for line in project["dependencies"])


def test_one_file_reaches_librdkafka() -> None:
    """And one names that file, by the client that is set: it is imported when it is asked for."""
    by_client = {
        name_of(path)
        for path in python_files(*PACKAGES)
        if any(is_within(name, FAST) for name in reached_by(path))
    }
    by_file = {
        name_of(path)
        for path in python_files(*PACKAGES)
        if any(
            is_within(name, "consent_ledger.filter.librdkafka_event_log")
            for name in reached_by(path)
        )
    }

    assert by_client == {ITS_FILE}
    assert by_file == {"consent_ledger/filter/kafka_logs.py"}


def test_a_client_that_is_not_installed_is_told_with_what_installs_it() -> None:
    """And all that chooses it can be imported without."""
    run = subprocess.run(  # noqa: S603 - this Python, on a program of this file
        [sys.executable, "-c", OPEN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert run.returncode == 0, run.stderr
    assert "NWD_KAFKA_CLIENT asks for librdkafka, which is not installed." in run.stdout
    assert 'pip install "no-wrong-door[fast]"' in run.stdout
