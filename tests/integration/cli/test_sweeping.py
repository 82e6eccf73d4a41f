"""Sweeps on a real Kafka and PostgreSQL: who withdraws in the middle of one, and whose it is."""

import json
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from consent_ledger.consent.changes import Withdrawal
from consent_ledger.consent.consent import apply
from consent_ledger.consent.new_terms import enter_agreements
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.portions import MAX_EVENTS
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings
from consent_ledger.ledger.enforcement import Cost, enforced, is_everything_enforced, last_change
from deploy.hub import Hub
from deploy.operations.shards import open_log, shard_at
from deploy.programs.filter import run_filter
from schemas.categories import Category
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, at_work, wait_until
from tests.support.filter_with_failpoint import start_filter_with_failpoint

SUPPORT = "borough-d.support"
PEOPLE = 12
PORTION = 4
"""Events looked at again in one turn: of a dozen people it takes several."""
LEFT = 10
"""Events of one person behind two whole portions."""


@contextmanager
def shard_of(hub: Hub, max_events: int = PORTION) -> Iterator[Shard]:
    """Give the bus's shard to a process that sweeps in small portions, unless it is told others."""
    shard_id = shard_at(hub, 0)
    settings = ShardSettings(
        shard_id,
        vault=hub.vault,
        pepper=hub.secrets.pepper,
        partitions=hub.settings.partitions,
        clock=hub.clock,
        max_events=max_events,
    )
    with closing(open_log(hub, shard_id)) as log:
        yield Shard.acquire(PostgresStore(hub.engine), log, settings)


def take(hub: Hub, shard: Shard, events: int) -> None:
    """Let a shard take so many events, and carry out all that was said."""
    with hub.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        while events > 0 or not is_everything_enforced(connection):
            events -= shard.turn(0.1).events


def is_enforced(hub: Hub, entry: LedgerIndex) -> bool:
    """Return whether an entry is enforced."""
    with hub.engine.connect() as connection:
        return enforced(connection, entry) is not None


def change_agreement(hub: Hub, agreement_id: AgreementId) -> LedgerIndex:
    """Enter the next version of an agreement, which shows less of everybody."""
    with hub.ledger.begin() as tx:
        before = tx.agreements_in_force().agreements[agreement_id].agreement
        fewer = {one: terms for one, terms in before.categories.items() if one != Category.CONTACT}
        assert fewer != before.categories
        changed = {"version": before.version + 1, "categories": fewer}
        enter_agreements(tx, [before.model_copy(update=changed)])
    with hub.engine.connect() as connection:
        return last_change(connection)


def withdraw(hub: Hub, number: PassportNumber, agreement_id: AgreementId) -> LedgerIndex:
    """Enter a withdrawal, and wait for nothing."""
    with hub.ledger.begin() as tx:
        return apply(tx, Withdrawal(number=number, agreement=agreement_id))


@pytest.fixture(scope="module")
def people(bus: Bus) -> list[PassportNumber]:
    """Give people of whom an event stands in the tray, or is about to."""
    numbers = sorted(bus.participant() for _ in range(PEOPLE))
    for number in numbers:
        bus.nwd("consent", "grant", number, bus.name(SUPPORT), "--all", "--timeout", "0")
    lines = [bus.line("referral", number) for number in numbers]
    bus.done("publish", "--no-wait", given="\n".join(lines))
    return numbers


def shown(bus: Bus) -> set[str]:
    """Return whose records stand in the tray."""
    records = bus.lines("tray", "show", bus.name(SUPPORT))
    return {record["value"]["participant_id"] for record in records}


def shown_of(bus: Bus, number: PassportNumber) -> int:
    """Return how many records of somebody stand in the tray."""
    records = bus.lines("tray", "show", bus.name(SUPPORT))
    return sum(record["value"]["participant_id"] == number for record in records)


def test_a_withdrawal_is_enforced_before_the_pass_that_it_falls_into(
    bus: Bus, people: list[PassportNumber]
) -> None:
    """Of somebody who was looked at already, and of somebody who was not; a kill in between."""
    agreement_id = AgreementId(bus.name(SUPPORT))
    first, *_, last = people
    with bus.hub() as hub:
        with shard_of(hub) as shard:
            take(hub, shard, len(people))
            assert shown(bus) == set(people)
            of_everybody = change_agreement(hub, agreement_id)
            while not shard.turn(0.1).swept:
                pass
            entries = [withdraw(hub, number, agreement_id) for number in (first, last)]
            shard.enforce()

            assert shard.is_sweeping
            assert all(is_enforced(hub, entry) for entry in entries)
            assert not is_enforced(hub, of_everybody)
            assert shown(bus) == set(people) - {first, last}
            bus.done("ledger", "verify")
        with shard_of(hub) as successor:
            swept = 0
            while not is_enforced(hub, of_everybody):
                swept += successor.turn(0.1).swept

            assert swept == PEOPLE - PORTION
    bus.done("ledger", "verify")
    assert bus.json("audit")["differences"] == []
    assert shown(bus) == set(people) - {first, last}


def test_a_person_s_withdrawal_is_told_when_all_of_it_is_done_though_the_filter_is_killed(
    bus: Bus,
) -> None:
    """Behind a portion that was sent and not closed; another process does what is left."""
    agreement_id = AgreementId(bus.name(SUPPORT))
    person, other = bus.participant(), bus.participant()
    bus.done("publish", "--no-wait", given=bus.line("referral", other))
    many = [bus.line("referral", person) for _ in range(2 * MAX_EVENTS + LEFT)]
    bus.done("publish", "--no-wait", given="\n".join(many))
    for number in (person, other):
        bus.nwd("consent", "grant", number, agreement_id, "--all", "--timeout", "0")
    with bus.hub() as hub:
        with shard_of(hub, MAX_EVENTS) as shard:
            take(hub, shard, len(many) + 1)
        assert shown_of(bus, person) == len(many)
        entry = withdraw(hub, person, agreement_id)
        # the turn that puts it off comes by there first, and two portions after it
        with start_filter_with_failpoint(bus.settings, TurnStep.AFTER_APPEND, 3) as killed:
            assert killed.wait(WAIT_SECONDS) == -signal.SIGKILL

        assert shown_of(bus, person) == LEFT
        assert not is_enforced(hub, entry)
        bus.done("ledger", "verify")
        assert bus.nwd("ledger", "prove", str(entry), "--enforced").exit_code != 0
        differences = json.loads(bus.nwd("audit", "--json").stdout)["differences"]
        assert len(differences) == LEFT
        with at_work(bus, [lambda hub, stop: run_filter(hub, 0, stop)]):
            of_other = withdraw(hub, other, agreement_id)
            wait_until(lambda: is_enforced(hub, of_other), "the other's withdrawal")
            wait_until(lambda: is_enforced(hub, entry), "the rest of the withdrawal")
        with hub.engine.connect() as connection:
            done = enforced(connection, entry)
    assert done is not None
    assert done.by_agreement == {agreement_id: Cost(0, len(many))}
    assert shown_of(bus, person) == shown_of(bus, other) == 0
    bus.done("ledger", "verify")
    assert bus.json("audit")["differences"] == []
