"""A row of the journal is bound to what stands beside it."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.journal.journal import SealedEvent, seal_event, unseal_event
from consent_ledger.journal.vault import UnsealError, fresh_nonces, seal
from schemas.codec import encode, walk
from schemas.identifiers import ServiceId, new_passport_number
from tests.support.factories import make_referral

KEY = AESGCM(bytes(32))
EVENT = walk(encode(make_referral(participant_id=new_passport_number(), revision=2)))


def row(**changes: Any) -> SealedEvent:
    """Return the event's row, changed."""
    written = seal_event(EVENT, b"digest", KEY, next(fresh_nonces(1)))
    of_row = SealedEvent._make(getattr(written, name) for name in SealedEvent._fields)
    return of_row._replace(**changes)


def test_a_row_as_it_was_written_opens() -> None:
    """It gives the event."""
    assert unseal_event(row(), KEY) == EVENT


@pytest.mark.parametrize(
    "changes",
    [
        {"service_id": "charity-b.recovery"},
        {"provider_id": "charity-b"},
        {"revision": 3},
        {"event_id": "00000000-0000-4000-8000-000000000000"},
        {"participant_id": new_passport_number()},
        {"sealed": bytes(60)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_row_that_says_something_else_does_not_open(changes: dict[str, Any]) -> None:
    """And the error names the row, never the person."""
    with pytest.raises(UnsealError, match="row of event") as raised:
        unseal_event(row(**changes), KEY)

    assert EVENT.participant_id not in str(raised.value)


def test_a_row_of_the_first_release_opens_where_it_belongs_alone() -> None:
    """It was sealed for its event; of which revision and service it is, it says itself."""
    about = f"{EVENT.participant_id}|{EVENT.event_id}".encode()
    old = row(sealed=seal(KEY, EVENT.value, about))

    assert unseal_event(old, KEY) == EVENT
    for moved in (old._replace(revision=3), old._replace(service_id=ServiceId("charity-b.x"))):
        with pytest.raises(UnsealError):
            unseal_event(moved, KEY)


def test_no_two_nonces_are_the_same() -> None:
    """Two events sealed under one key and one nonce would give both away."""
    drawn = [*fresh_nonces(1_000), *fresh_nonces(1_000)]

    assert len(set(drawn)) == len(drawn) == 2_000
    assert {len(nonce) for nonce in drawn} == {12}
