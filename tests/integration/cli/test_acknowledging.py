"""Recipients acknowledge an erasure by reading on, and the certificate says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from schemas.identifiers import AgreementId, ProviderId, TopicName
from schemas.trays import out_tray, partition_of
from tests.integration.cli.conftest import Bus, wait_until
from tests.support.bus_settings import PARTITIONS


@contextmanager
def recipient(bus: Bus, tray: TopicName, group: str) -> Iterator[KafkaConsumer]:
    """Give a recipient's own client, assigned to all of its tray."""
    consumer = KafkaConsumer(
        **bus.kafka.for_client(),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    consumer.assign([TopicPartition(tray, one) for one in range(PARTITIONS)])
    yield consumer
    consumer.close(autocommit=False)


def said(certificate: Any, tray: TopicName) -> dict[str | None, bool]:
    """Return who has acknowledged of a tray's readers."""
    return {
        one["reader"]: one["acknowledged"]
        for one in certificate["acknowledgements"]
        if one["tray"] == tray
    }


def test_a_certificate_tells_anew_who_has_acknowledged(running: Bus) -> None:
    """By the entry's number alone; once acknowledged it stays so, though the group be gone."""
    number, agreement = running.participant(), running.name("borough-d.support")
    tray, own = (
        out_tray(AgreementId(agreement)),
        out_tray(AgreementId(running.name("hub.statistics"))),
    )
    group = f"{running.name('borough-d')}.reader"
    running.done("consent", "grant", number, agreement, "--all")
    running.done("publish", given=running.line("referral", number))
    running.wait_for_events(number, 1)
    wait_until(lambda: bool(running.lines("tray", "show", agreement)), "the record")

    first = running.json("erasure", "start", number, "--yes")
    entry = str(first["ledger_entry"])
    with recipient(running, tray, group) as consumer:
        consumer.poll(5000, max_records=1)
        for one in consumer.assignment():
            consumer.seek(one, 0)
        consumer.commit()
        before = running.json("erasure", "certificate", entry)
        consumer.seek_to_end()
        consumer.position(TopicPartition(tray, partition_of(number, PARTITIONS)))
        consumer.commit()
        after = running.json("erasure", "certificate", entry)
    with KafkaAdminClient(**running.kafka.for_client()) as admin:
        admin.delete_groups([group])
    printed = running.done("erasure", "certificate", entry).stdout

    name = f"consumer group {group}"
    assert said(first, tray) == {None: False}
    assert said(before, tray) == {name: False}
    assert said(after, tray) == {name: True}
    assert said(first, own) == said(after, own) == {"hub figures": True}
    assert name in printed
    assert "not yet" not in printed
    assert number not in printed + str(after)
    same = ("recorded_at", "enforced_at", "retracted", "scanned", "compaction", "made_at")
    assert {one: after[one] for one in same} == {one: first[one] for one in same}
    assert running.json("audit")["differences"] == []


def test_a_group_speaks_for_its_own_recipient_alone(running: Bus) -> None:
    """Whatever offsets another one commits on a tray that is not its own."""
    number, agreement = running.participant(), running.name("borough-d.support")
    tray = out_tray(AgreementId(agreement))
    running.done("consent", "grant", number, agreement, "--all")
    running.done("publish", given=running.line("referral", number))
    running.wait_for_events(number, 1)
    with recipient(running, tray, f"{running.name('college-c')}.reader") as consumer:
        consumer.seek_to_end()
        consumer.commit()

    assert said(running.json("erasure", "start", number, "--yes"), tray) == {None: False}


def test_there_is_no_certificate_of_an_entry_that_is_no_erasure(running: Bus) -> None:
    """The number stands at the top of each."""
    refused = running.nwd("erasure", "certificate", "0")

    assert refused.exit_code == 1
    assert "No certificate of an erasure is kept under entry 0" in refused.stderr


def test_somebody_with_two_numbers_is_erased_under_both(running: Bus) -> None:
    """The list beside the database knows both, and the certificate has looked for both."""
    one, other = running.participant(), running.participant()
    agreement = running.name("borough-d.support")
    running.done("consent", "grant", one, agreement, "--all")
    for number in (one, other):
        running.done("publish", given=running.line("referral", number))
        running.wait_for_events(number, 1)
    running.done("participant", "merge", other, "--into", one)
    running.send(ProviderId("borough-d"), f"about {other}".encode())
    wait_until(lambda: bool(running.lines("dead-letters")), "the dead letter")

    certificate = running.json("erasure", "start", one, "--yes")

    assert certificate["survivors"] == 0
    assert running.lines("dead-letters") == []
    for number in (one, other):
        assert running.json("participant", "show", number)["state"] == "erased"
        assert running.done("erasure", "start", number, "--yes").stdout.endswith("0 survivors\n")
    listed = (running.folder / "home" / "erased").read_text().splitlines()
    assert len({line for line in listed if not line.startswith("reference:")}) >= 2
    assert running.json("erasure", "reapply") == {"erased_again": 0}
    assert running.json("audit")["differences"] == []
