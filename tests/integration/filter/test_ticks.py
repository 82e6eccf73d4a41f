from datetime import timedelta

from consumers.changes import latest_changes
from schemas.identifiers import AgreementId, TopicName
from schemas.trays import TrayRecord, is_tick
from tests.support.bus import Bus
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_events

TRAY = TopicName("out.borough-d.support")


def ticks(bus: Bus) -> int:
    """Return how many ticks stand in one tray's log."""
    return sum(is_tick(record.key) for record in bus.broker.read(TRAY))


def test_each_partition_gets_a_tick_an_hour_and_no_more(bus: Bus) -> None:
    """However often the filter looks, and however often it is started again."""
    for minutes in (10, 20, 29):
        bus.clock.go_on(timedelta(minutes=minutes))
        bus.turn(bus.new_shard())
    assert ticks(bus) == 0

    for _ in range(3):
        bus.clock.go_on(timedelta(minutes=1))
        bus.turn(bus.new_shard())

    assert ticks(bus) == PARTITIONS


def test_a_tick_is_nothing_to_a_recipient_and_to_the_audit(bus: Bus) -> None:
    """A delete of nobody: no change of state, no difference."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))
    bus.turn()
    before = bus.tray(AgreementId("borough-d.support"))
    bus.clock.go_on(timedelta(hours=1))
    bus.turn()

    records = [
        TrayRecord(TRAY, 0, at, one.key, one.value, tuple(one.headers))
        for at, one in enumerate(bus.broker.read(TRAY))
    ]

    assert ticks(bus) == PARTITIONS
    assert len(latest_changes(records)) == 3
    assert bus.tray(AgreementId("borough-d.support")) == before
    bus.assert_holds()


def test_a_tick_says_nothing_but_what_it_is(bus: Bus) -> None:
    """A tombstone with the same headers each time."""
    bus.clock.go_on(timedelta(hours=1))
    bus.turn()

    one = next(record for record in bus.broker.read(TRAY) if record.key == b"tick|2")

    assert one.value is None
    assert dict(one.headers) == {
        "ce_specversion": b"1.0",
        "ce_type": b"org.nowrongdoor.tick",
        "ce_source": b"/trays/borough-d.support",
        "ce_id": b"tick.2",
        "agreement": b"borough-d.support",
    }
