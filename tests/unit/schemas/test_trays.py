import uuid

import pytest
from kafka.partitioner.default import murmur2

from schemas.errors import MalformedError
from schemas.identifiers import (
    AgreementId,
    EventId,
    PassportNumber,
    ProviderId,
    TrayPseudonym,
    new_passport_number,
)
from schemas.trays import (
    dead_letters,
    for_people,
    in_tray,
    is_agreement_id,
    out_key,
    out_tray,
    partition_of,
    probe_agreement,
    provider_of,
    split_out_key,
)


@pytest.mark.parametrize("partitions", [1, 4, 6, 24])
def test_a_person_is_where_kafka_s_own_partitioner_puts_the_key(partitions: int) -> None:
    """Any client's default partitioner agrees: a provider needs no code of ours."""
    for _ in range(200):
        number = new_passport_number()

        expected = (murmur2(number.encode()) & 0x7FFFFFFF) % partitions
        assert partition_of(number, partitions) == expected


def test_the_partitioner_agrees_on_keys_of_every_length() -> None:
    """Murmur2 takes four bytes at a time; what is left over is where copies of it go wrong."""
    for length in range(40):
        key = "".join(chr(7 + at * 37 % 0x2FF) for at in range(length))

        assert (
            partition_of(PassportNumber(key), 2**20) == (murmur2(key.encode()) & 0x7FFFFFFF) % 2**20
        )


def test_known_murmur2_values() -> None:
    """From Apache Kafka's own UtilsTest: -973932308 and -790332482 as signed numbers."""
    whole = 2**31

    assert partition_of(PassportNumber("21"), whole) == -973932308 & 0x7FFFFFFF
    assert partition_of(PassportNumber("foobar"), whole) == -790332482 & 0x7FFFFFFF


def test_every_provider_has_its_own_topics() -> None:
    """The names are what the access rules are made of."""
    assert in_tray(ProviderId("college-c")) == "in.college-c"
    assert dead_letters(ProviderId("college-c")) == "dead.college-c"
    assert out_tray(AgreementId("college-c.outcomes")) == "out.college-c.outcomes"
    assert provider_of(in_tray(ProviderId("college-c"))) == "college-c"


@pytest.mark.parametrize(
    "slug", ["", "College", "college_c", "college.c.d", "in.a.b", "college c", "*", "a\n"]
)
def test_a_topic_is_never_made_of_anything_else(slug: str) -> None:
    """A dot would reach into another's topics, an underscore clashes with one in metrics."""
    for make in (in_tray, dead_letters):
        with pytest.raises(MalformedError):
            make(ProviderId(slug))
    with pytest.raises(MalformedError):
        out_tray(AgreementId(slug))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("college-c.outcomes", True),
        ("a.b", True),
        ("college-c", False),
        ("college-c.", False),
        (".outcomes", False),
        ("college-c.outcomes.more", False),
        ("College.outcomes", False),
        ("college-c.out_comes", False),
        ("college-c.outcomes\n", False),
        ("x" * 31 + "." + "y" * 31, True),
        ("x" * 32 + ".y", False),
    ],
)
def test_an_agreement_s_id(text: str, is_one: bool) -> None:  # noqa: FBT001 - the expectation
    """Recipient, dot, purpose."""
    assert is_agreement_id(text) is is_one


def test_an_out_tray_s_key_is_split_into_what_it_was_made_of() -> None:
    """Participant and event, pseudonyms or not."""
    event_id = str(uuid.uuid4())
    for participant in (new_passport_number(), TrayPseudonym("P" + "A" * 26)):
        assert split_out_key(out_key(participant, EventId(event_id))) == (participant, event_id)


@pytest.mark.parametrize("key", [b"", b"|", b"NWD-SAMP-1E00-9", b"NWD-SAMP-1E00-9|", b"|event"])
def test_a_key_that_the_filter_never_writes_is_refused(key: bytes) -> None:
    """A record under it belongs to nobody."""
    with pytest.raises(MalformedError):
        split_out_key(key)


def test_a_list_for_people_has_no_agreement_of_a_probe() -> None:
    """Sorted, and without what concerns nobody who exists."""
    found = for_people(
        [
            AgreementId("probe.self"),
            AgreementId("b.support"),
            probe_agreement(ProviderId("other")),
            AgreementId("a.selfhelp"),
        ]
    )

    assert found == ["a.selfhelp", "b.support"]
