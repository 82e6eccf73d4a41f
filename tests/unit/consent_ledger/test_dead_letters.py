from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.filter.dead_letters import (
    DeadLetter,
    current_letters,
    dead_letter,
    last_letters,
    names_any,
    place_of,
    tombstone,
    unsealed,
)
from consent_ledger.filter.intake import Reason, RefusedRecord
from consent_ledger.filter.records import InRecord
from consent_ledger.journal.vault import UnsealError
from consent_ledger.rights.read_back import scan_dead_letters
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber, TopicName
from schemas.trays import tick_key
from tests.support.fakes import StoredRecord

KEY = AESGCM(bytes(32))
NUMBER = PassportNumber("NWD-SAMP-1E00-9")
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def stored(value: bytes, offset: int) -> StoredRecord:
    """Return the dead letter for a record of an in-tray, as it stands in its topic."""
    record = InRecord(TopicName("in.college-c"), 2, offset, b"k", value)
    letter = dead_letter(RefusedRecord(record, Reason.MALFORMED, "too short"), KEY, AT)
    return StoredRecord(letter.key, letter.value, letter.headers)


def gone(record: StoredRecord) -> StoredRecord:
    """Return what takes a letter away."""
    (letter,) = current_letters([record])
    return StoredRecord(tombstone(letter).key, None, [])


TICK = StoredRecord(tick_key(2), None, [])


def opened(letter: DeadLetter) -> bytes:
    """Open a letter."""
    return unsealed(letter, KEY)


def test_a_letter_says_where_it_comes_from_why_and_when() -> None:
    """All but what it holds."""
    (letter,) = current_letters([stored(b"Ada", 7), TICK])

    assert letter[:4] == (
        "in.college-c/2/7",
        "malformed",
        "too short",
        "2026-06-01T12:00:00.000000Z",
    )
    assert letter.provider_id == "college-c"
    assert opened(letter) == b"Ada"
    assert b"Ada" not in letter.sealed


def test_a_tombstone_stands_where_its_letter_stood() -> None:
    """The same topic, partition and key, or it would take nothing away."""
    first, second = stored(b"a", 7), stored(b"b", 8)
    (letter,) = current_letters([first])

    written = tombstone(letter)
    assert (written.topic, written.partition) == ("dead.college-c", 2)
    assert (written.key, written.value) == (b"in.college-c/2/7", None)
    assert [opened(one) for one in current_letters([first, second, gone(first)])] == [b"b"]


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        "met nwd samp 1e00 9 on Monday",
        "\x00\x1eNWD-SAMP-IEOO-9\x02",
        "ref SAMP1E009;",
        "NWD-\nSAMP-1E00-9",
    ],
)
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    """In bytes of any kind, with misread letters, without prefix, hyphens or capitals."""
    assert names_any(written.encode(), [PassportNumber("NWD-0000-0000-0"), NUMBER])
    assert not names_any(written.replace("9", "8").encode(), [NUMBER])


def test_the_scan_opens_whatever_has_a_key_also_what_was_taken_away() -> None:
    """What has none is noise, and its bytes are there until compaction removes them."""
    mine, taken, other = (
        stored(NUMBER.encode(), 7),
        stored(NUMBER.encode(), 8),
        stored(b"nobody", 9),
    )
    records = [mine, taken, other, gone(taken), TICK]

    def but_the_second(letter: DeadLetter) -> bytes | None:
        return None if letter.origin.endswith("/8") else opened(letter)

    assert scan_dead_letters(records, opened, [NUMBER]) == (5, 2, 0)
    assert scan_dead_letters(records, but_the_second, [NUMBER]) == (5, 1, 1)
    assert scan_dead_letters(records, lambda _: None, [NUMBER]) == (5, 0, 3)


def test_a_letter_that_cannot_be_opened_is_not_passed_over() -> None:
    """Nobody could say who is in it."""
    other = AESGCM(bytes(31) + b"x")

    with pytest.raises(UnsealError):
        scan_dead_letters([stored(b"a", 7)], lambda one: unsealed(one, other), [NUMBER])


def test_a_letter_opens_at_its_own_place_alone() -> None:
    """Moved to another place it would be another record's."""
    (letter,) = current_letters([stored(b"who knows", 7)])

    with pytest.raises(UnsealError):
        unsealed(letter._replace(origin="in.college-c/2/8"), KEY)


def test_the_last_letter_of_a_place_is_found_after_it_was_taken_away() -> None:
    """Cut short after its tombstone, whoever erases looks at it again."""
    first, again = stored(b"a", 7), stored(b"b", 7)

    assert [opened(one) for one in last_letters([first, again, gone(again), TICK])] == [b"b"]


@pytest.mark.parametrize("text", ["", "in.a", "in.a/0", "in.a/0/", "out.a/0/1", "in.a/-1/2"])
def test_a_place_has_a_topic_a_partition_and_an_offset(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(MalformedError):
        place_of(text)
