import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.journal.vault import UnsealError, seal
from consumers.changes import Upsert, latest_changes
from consumers.passport.event_facts import PassportFact, facts_of
from consumers.passport.sealed_facts import seal_event, unseal_facts
from schemas.identifiers import EventId, PassportNumber, new_passport_number
from tests.support.factories import make_outcome
from tests.support.out_trays import out_record

KEY = AESGCM(bytes(32))
EVENT = make_outcome(occurred_at=datetime(2026, 5, 4, 9, 30, 0, 250_000, tzinfo=UTC))


def upsert() -> Upsert:
    """Return an event that has every block."""
    (change,) = latest_changes([out_record(EVENT)])
    assert isinstance(change, Upsert)
    return change


def facts() -> list[PassportFact]:
    """Return its facts."""
    return list(facts_of(upsert()))


def test_what_was_sealed_is_what_is_opened() -> None:
    """Each value with its type, its place, and the event that it is of."""
    sealed = seal_event(upsert(), KEY)

    assert unseal_facts(EVENT.participant_id, EventId(EVENT.event_id), sealed, KEY) == facts()


def test_a_row_that_was_written_as_json_opens_as_before() -> None:
    """So were all rows, before they held the tray's value."""
    values = [[fact.category, fact.field, fact.value] for fact in facts()]
    first = facts()[0]
    of_event = [first.event, first.provider_id, first.service_id, first.occurred_at.isoformat()]
    about = f"passport|{EVENT.participant_id}|{EVENT.event_id}".encode()
    sealed = seal(KEY, json.dumps([*of_event, values]).encode(), about)

    assert unseal_facts(EVENT.participant_id, EventId(EVENT.event_id), sealed, KEY) == facts()


def test_the_sealed_bytes_tell_nothing() -> None:
    """Neither a value, nor a category, a provider, a kind or a moment."""
    sealed = seal_event(upsert(), KEY)

    for known in (b"Nwosu", b"1991", b"justice", b"college-c", b"outcome", b"2026"):
        assert known not in sealed


@pytest.mark.parametrize(
    ("number", "event_id"),
    [
        (new_passport_number(), EventId(EVENT.event_id)),
        (EVENT.participant_id, EventId("another")),
    ],
    ids=["another person's", "another event's"],
)
def test_a_row_that_was_moved_does_not_open(number: PassportNumber, event_id: EventId) -> None:
    """Neither as somebody else's, nor as another event's, under the same key."""
    sealed = seal_event(upsert(), KEY)

    with pytest.raises(UnsealError):
        unseal_facts(number, event_id, sealed, KEY)


def test_an_event_of_the_journal_is_no_row_of_the_passport() -> None:
    """It is sealed under the same key, and holds what the passport may not know."""
    journal_row = seal(KEY, b"[]", f"{EVENT.participant_id}|{EVENT.event_id}".encode())

    with pytest.raises(UnsealError):
        unseal_facts(EVENT.participant_id, EventId(EVENT.event_id), journal_row, KEY)


def test_a_row_that_was_altered_does_not_open() -> None:
    """A single bit is enough."""
    sealed = bytearray(seal_event(upsert(), KEY))
    sealed[-1] ^= 1

    with pytest.raises(UnsealError):
        unseal_facts(EVENT.participant_id, EventId(EVENT.event_id), bytes(sealed), KEY)
