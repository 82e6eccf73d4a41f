"""A divided audit says what one process says: every audit of a bus in tests is held to that."""

from tests.support.audit_in_shares import SHARES
from tests.support.bus_settings import PARTITIONS
from tests.tampering.victim import SUPPORT, new_victim


def test_differences_of_several_partitions_come_in_one_order() -> None:
    """That of tray and key, whichever share has found them."""
    victim = new_victim()
    topic, record = victim.record(SUPPORT)
    for partition in range(PARTITIONS):
        for key in (b"A", b"B", record.key):
            victim.bus.broker.append(topic, partition, key, record.value, record.headers)

    found = victim.bus.audit().differences

    assert len({one.partition for one in found}) == PARTITIONS
    assert [one.key for one in found] == sorted(one.key for one in found)


def test_every_person_and_every_partition_is_of_one_share() -> None:
    """None is left out, and none is read twice."""
    people = [f"person-{number}" for number in range(100)]

    assert all(sum(share.has_person(one) for share in SHARES) == 1 for one in people)
    assert all(any(share.has_person(one) for one in people) for share in SHARES)
    assert all(sum(share.has_partition(one) for share in SHARES) == 1 for one in range(100))
