"""The expiry of grants as a program, beside a filter."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from consent_ledger.consent.changes import ALL, Grant
from consent_ledger.consent.consent import apply
from deploy.hub import Hub
from deploy.programs import expiries
from deploy.programs.expiries import run_expiries
from schemas.identifiers import AgreementId, PassportNumber
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until


@pytest.fixture
def hub(running: Bus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Give the hub, whose grants are looked at without a pause."""
    monkeypatch.setattr(expiries, "EVERY_SECONDS", 0.05)
    with running.hub() as opened:
        yield opened


def expired(bus: Bus) -> int:
    """Count the entries of expiries."""
    shown = bus.lines("ledger", "show", "--last", "100000")
    return sum(one["kind"] == "expired" for one in shown)


def grant_for_a_moment(bus: Bus, hub: Hub) -> str:
    """Return the number of somebody whose record is in a tray, and goes by itself."""
    number, agreement = bus.participant(), bus.name("borough-d.support")
    bus.done("publish", given=bus.line("referral", number))
    bus.wait_for_events(number, 1)
    with hub.ledger.begin() as tx:
        apply(
            tx,
            Grant(
                number=number,
                agreement=AgreementId(agreement),
                categories=ALL,
                until=hub.clock() + timedelta(seconds=2),
            ),
        )
    return number


def is_shown(bus: Bus, number: PassportNumber) -> bool:
    """Tell whether the tray holds anything of somebody."""
    return number in bus.done("tray", "show", bus.name("borough-d.support")).stdout


def expect_expiry(bus: Bus, hub: Hub, count: int) -> None:
    """Grant for a moment; wait until the record was there, so many are entered, and it is gone."""
    number = grant_for_a_moment(bus, hub)
    wait_until(lambda: is_shown(bus, PassportNumber(number)), "the record")
    wait_until(lambda: expired(bus) == count, "the entry")
    wait_until(lambda: not is_shown(bus, PassportNumber(number)), "the tombstone")


def test_a_grant_that_runs_out_is_entered_and_enforced_by_itself(running: Bus, hub: Hub) -> None:
    """Again and again, until the program is told to stop: then it ends."""
    before, stop = expired(running), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        program = pool.submit(run_expiries, hub, stop)
        try:
            for count in (before + 1, before + 2):
                expect_expiry(running, hub, count)
        finally:
            stop.set()
        program.result(WAIT_SECONDS)

    assert running.json("audit")["differences"] == []


def test_after_an_error_of_the_database_it_goes_on_when_it_is_started_again(
    running: Bus, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends by it, as every program does; the filter has closed the grant on time."""
    number, before, stop = grant_for_a_moment(running, hub), expired(running), threading.Event()

    def away(*_: Any) -> Any:
        raise OperationalError("SELECT 1", {}, ConnectionError("the server is away"))

    with monkeypatch.context() as patch:
        patch.setattr(expiries, "run_out", away)
        with pytest.raises(OperationalError):
            run_expiries(hub, stop)
    wait_until(lambda: not is_shown(running, PassportNumber(number)), "the tombstone")
    assert expired(running) == before

    with ThreadPoolExecutor(1) as pool:
        program = pool.submit(run_expiries, hub, stop)
        try:
            wait_until(lambda: expired(running) == before + 1, "the entry")
        finally:
            stop.set()
        program.result(WAIT_SECONDS)

    assert running.json("audit")["differences"] == []
