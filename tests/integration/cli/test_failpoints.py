"""The real filter, killed by its own failpoints, on a real Kafka and a real PostgreSQL."""

import signal
from itertools import cycle
from time import monotonic

import pytest

from consent_ledger.filter.failpoints import TurnStep
from schemas.kafka_connection import KafkaClient
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until
from tests.support.filter_with_failpoint import start_filter_with_failpoint

HITS = (1, 2, 10)
EVERY_STEP = [
    *((KafkaClient.KAFKA_PYTHON, step) for step in TurnStep),
    (KafkaClient.LIBRDKAFKA, TurnStep.AFTER_APPEND),
]


@pytest.mark.parametrize(("client", "step"), EVERY_STEP)
def test_a_filter_killed_at_a_step_loses_nothing_and_leaks_nothing(
    bus: Bus, client: KafkaClient, step: TurnStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One dies at its first pass, the next at its second, then one at its tenth; one goes on."""
    monkeypatch.setitem(bus.settings, "NWD_KAFKA_CLIENT", client)
    person = bus.participant()
    support = bus.name("borough-d.support")
    lines = "\n".join(bus.line(kind, person) for kind in ("referral", "outcome"))
    bus.done("publish", "--no-wait", given=lines)
    for hit in HITS:
        with start_filter_with_failpoint(bus.settings, step, hit) as killed:
            bus.done("publish", "--no-wait", given=bus.line("enrolment", person))
            given_up = monotonic() + WAIT_SECONDS
            for change in cycle(("grant", "withdraw")):  # a filter that is asked nothing takes none
                if killed.poll() is not None or monotonic() > given_up:
                    break
                bus.nwd(
                    "consent", change, person, support, "--category=participation", "--timeout=0"
                )
            assert killed.wait(WAIT_SECONDS) == -signal.SIGKILL

    successor = bus.process("run", "filter")
    try:
        bus.wait_for_events(person, 2 + len(HITS))
        wait_until(lambda: bus.nwd("audit").exit_code == 0, "the audit to find no difference")
    finally:
        successor.terminate()
        successor.communicate(timeout=WAIT_SECONDS)
