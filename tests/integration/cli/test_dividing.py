"""NWD_SHARDS changed on a real Kafka and PostgreSQL, while processes of before are alive."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial

import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaError

from consent_ledger.filter.event_log import EventLogError
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.store import FencedError
from consumers.tray_reader import read_tray
from deploy.broker.rules import FILTER_TRANSACTIONS
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.operations.shards import acquire_shard, open_log, shard_at, shard_ids
from deploy.programs.filter import run_filter
from deploy.settings import forget_addresses
from schemas.identifiers import AgreementId, PassportNumber
from schemas.trays import out_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, at_work, wait_until

SUPPORT = "borough-d.support"
PARTITIONS = 4


@pytest.fixture(scope="module")
def people(bus: Bus) -> list[PassportNumber]:
    """Give people who agree to be supported: among so many some are in every shard's hands."""
    numbers = [bus.participant() for _ in range(12)]
    with filtered(bus, 1):
        for number in numbers:
            bus.done("consent", "grant", number, bus.name(SUPPORT), "--all")
    return numbers


def divide(bus: Bus, shards: int) -> str:
    """Set the bus up with so many shards, and return what is said."""
    return replace(bus, settings=bus.settings | {"NWD_SHARDS": str(shards)}).done("init").stdout


@contextmanager
def filtered(bus: Bus, shards: int) -> Iterator[None]:
    """Let so many shards do their work, each in a thread, until the block ends."""
    programs = [
        partial(lambda place, hub, stop: run_filter(hub, place, stop), place)
        for place in range(shards)
    ]
    with at_work(bus, programs):
        yield


def publish(bus: Bus, people: list[PassportNumber]) -> None:
    """Let a borough refer everybody."""
    lines = [bus.line("referral", number) for number in people]
    bus.done("publish", "--no-wait", given="\n".join(lines))


def records(bus: Bus) -> int:
    """Return how many records stand in the tray."""
    return len(bus.lines("tray", "show", bus.name(SUPPORT)))


def have_come(bus: Bus, before: int) -> bool:
    """Return whether more records stand in the tray than before."""
    return records(bus) > before


def holds(bus: Bus) -> bool:
    """Return whether the audit finds no difference."""
    return bus.nwd("audit").exit_code == 0


def audit(bus: Bus) -> list[object]:
    """Return what the audit finds, once the ledger is known to be sound."""
    bus.done("ledger", "verify")
    found: list[object] = bus.json("audit")["differences"]
    return found


def test_events_and_withdrawals_go_on_from_one_to_two_to_three_to_one(
    bus: Bus, people: list[PassportNumber]
) -> None:
    """What comes while nobody filters is done by whoever comes next."""
    for number, shards in zip(people, (1, 2, 3, 1), strict=False):
        said = divide(bus, shards)
        publish(bus, people)
        before = records(bus)
        with filtered(bus, shards):
            bus.done("consent", "withdraw", number, bus.name(SUPPORT))
            wait_until(partial(have_come, bus, before), "the records")

        assert ("divided" in said) is (number != people[0])
        assert audit(bus) == []


def test_the_shards_of_a_bus_that_is_up_are_left_as_they_are(bus: Bus) -> None:
    """The processes of `nwd up` are as many as it was started with."""
    with bus.hub() as hub:
        hub.addresses.save(hub.settings.home)
        before = shard_ids(hub)
        try:
            divide(bus, len(before) + 1)
        finally:
            forget_addresses(hub.settings.home)

        assert shard_ids(hub) == before


def test_an_old_process_that_is_alive_writes_nothing_more(
    bus: Bus, people: list[PassportNumber]
) -> None:
    """Not what it had in hand when the partitions were divided, and not in a later turn."""
    divide(bus, 1)
    publish(bus, people)

    def divide_before_it_is_sent(step: TurnStep) -> None:
        if step is TurnStep.AFTER_JOURNAL and not is_divided:
            is_divided.append(divide(bus, 2))

    is_divided: list[str] = []
    with bus.hub() as hub, closing(open_log(hub, shard_at(hub, 0))) as log:
        old = acquire_shard(hub, shard_at(hub, 0), log, divide_before_it_is_sent)
        before = records(bus)
        with pytest.raises(EventLogError):
            old.turn(WAIT_SECONDS)
        assert records(bus) == before
        with pytest.raises(FencedError):
            old.enforce()
    assert not holds(bus)
    with filtered(bus, 2):
        wait_until(partial(holds, bus), "what the old process had in hand, of either shard")

    assert records(bus) > before
    assert audit(bus) == []


def test_what_an_old_process_leaves_open_keeps_no_reader_waiting(
    bus: Bus, people: list[PassportNumber]
) -> None:
    """Its transaction is ended by the division, long before Kafka would end it by itself."""
    divide(bus, 1)
    tray = out_tray(AgreementId(bus.name(SUPPORT)))
    with bus.hub() as hub, closing(old_writer(hub)) as producer:
        producer.init_transactions()
        producer.begin_transaction()
        for partition in range(PARTITIONS):
            producer.send(tray, key=b"nobody|x", value=b"never shown", partition=partition)
        producer.flush()

        divide(bus, 2)
        publish(bus, people)
        before = records(bus)
        with filtered(bus, 2):
            wait_until(partial(have_come, bus, before), "the records")
        with pytest.raises(KafkaError):
            producer.commit_transaction()

    assert b"never shown" not in [one.value for one in read_tray(bus.kafka, tray)]
    assert audit(bus) == []


def old_writer(hub: Hub) -> KafkaProducer:
    """Return what a process writes with that holds the one shard there is."""
    transactional_id = f"{FILTER_TRANSACTIONS}{shard_at(hub, 0)}"
    return KafkaProducer(
        **hub.kafka(HubUser.FILTER).for_client(), transactional_id=transactional_id, acks="all"
    )
