"""The real filter, killed by its own failpoints, on a real Kafka and a real PostgreSQL."""

import signal
from dataclasses import replace
from itertools import count

import pytest

from consent_ledger.filter.failpoints import Step
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until

PASSES = count(1)
"""Each step is met at another pass: the first, the second, and so on."""


@pytest.mark.parametrize("step", list(Step))
def test_a_filter_killed_at_a_step_loses_nothing_and_leaks_nothing(bus: Bus, step: Step) -> None:
    """Started again, it makes every tray what it must be: the audit says so."""
    person = bus.participant()
    support = bus.name("borough-d.support")
    bus.done("publish", given="\n".join(bus.line(kind, person) for kind in ("referral", "outcome")))
    bus.nwd("consent", "grant", person, support, "--timeout", "0")
    drill = replace(
        bus, settings=bus.settings | {"NWD_FAILPOINT": f"{step}:{next(PASSES) % 2 + 1}"}
    )
    killed = drill.process("run", "filter")
    bus.done("publish", given=bus.line("enrolment", person))
    bus.nwd("consent", "withdraw", person, support, "--category", "contact", "--timeout", "0")
    assert killed.wait(WAIT_SECONDS) == -signal.SIGKILL
    killed.communicate()

    successor = bus.process("run", "filter")
    try:
        bus.wait_for_events(person, 3)
        wait_until(lambda: bus.nwd("audit").exit_code == 0, "the audit to find no difference")
    finally:
        successor.terminate()
        successor.communicate(timeout=WAIT_SECONDS)
