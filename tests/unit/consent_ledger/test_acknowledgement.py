from datetime import UTC, datetime, timedelta

from consent_ledger.rights.acknowledgement import (
    Acknowledgement,
    Reader,
    acknowledgements,
    kept,
    noting_places,
)
from schemas.identifiers import PassportNumber, TopicName
from schemas.trays import TrayRecord

TRAY, OTHER = "out.college-c.outcomes", "out.hub.statistics"
NUMBER = PassportNumber("NWD-SAMP-1E00-9")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def record(key: str, partition: int, offset: int) -> TrayRecord:
    """Return a tombstone."""
    return TrayRecord(TopicName(TRAY), partition, offset, key.encode(), None, ())


def reader(at: int, name: str = "the college", topic: TopicName = TopicName(TRAY)) -> Reader:
    """Return a reader that stands somewhere in partition 2."""
    return Reader(name, {(topic, 2): at})


def test_the_last_record_of_the_person_is_what_has_to_be_behind_a_reader() -> None:
    """By partition; records of others, and numbers that only begin alike, do not count."""
    records = [
        record(f"{NUMBER}|a", 2, 4),
        record(f"{NUMBER}|b", 2, 9),
        record("p2-of-another-tray|a", 1, 7),
        record(f"{NUMBER}0|a", 2, 30),
        record("tick|2", 2, 31),
    ]
    behind: dict[int, int] = {}

    passed_on = list(noting_places(records, [NUMBER, "p2-of-another-tray"], behind))

    assert passed_on == records
    assert behind == {2: 10, 1: 8}


def test_whoever_stands_behind_every_deletion_has_acknowledged() -> None:
    """One short of the last has not, nor has who never read that partition."""
    for readers, expected in (
        ([reader(10)], NOW),
        ([reader(11)], NOW),
        ([reader(9)], None),
        ([Reader("the college", {(TRAY, 1): 99})], None),
    ):
        found = acknowledgements({TopicName(TRAY): {2: 10}}, readers, NOW)

        assert found == [Acknowledgement(TopicName(TRAY), "the college", expected)]


def test_every_partition_counts() -> None:
    """Somebody with two numbers may have stood in two."""
    one = Reader("the college", {(TRAY, 2): 10, (TRAY, 0): 3})

    assert acknowledgements({TopicName(TRAY): {2: 10, 0: 4}}, [one], NOW)[0].seen_at is None
    assert acknowledgements({TopicName(TRAY): {2: 10, 0: 3}}, [one], NOW)[0].seen_at == NOW


def test_a_tray_that_nobody_is_known_to_read_is_named_and_one_without_deletions_is_not() -> None:
    """A reader of one tray says nothing about another."""
    found = acknowledgements(
        {TopicName(TRAY): {2: 10}, TopicName(OTHER): {}}, [reader(99, topic=TopicName(OTHER))], NOW
    )

    assert found == [Acknowledgement(TopicName(TRAY), None, None)]


def test_what_was_acknowledged_once_stays_so() -> None:
    """The reader may have gone since, or stand elsewhere."""
    before = [
        Acknowledgement(TopicName(TRAY), "the college", NOW),
        Acknowledgement(TopicName(TRAY), "a", None),
    ]

    gone = kept(before, [Acknowledgement(TopicName(TRAY), None, None)])
    elsewhere = kept(
        before, acknowledgements({TopicName(TRAY): {2: 10}}, [reader(0), reader(10, "a")], LATER)
    )

    assert gone == [Acknowledgement(TopicName(TRAY), "the college", NOW)]
    assert elsewhere == [
        Acknowledgement(TopicName(TRAY), "a", LATER),
        Acknowledgement(TopicName(TRAY), "the college", NOW),
    ]
