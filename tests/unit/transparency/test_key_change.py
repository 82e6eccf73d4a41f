from datetime import UTC, datetime

import pytest

from consent_ledger.ledger.entries import EntryKind, leaf
from consent_ledger.transparency.key_change import KeyChange, LogKeys
from consent_ledger.transparency.note_keys import SigningKey, VerifierKey

NOW = datetime(2026, 6, 1, tzinfo=UTC)
A, B, C, STRANGER = (SigningKey.generate("hub.example/ledger").verifier_key for _ in range(4))
CHANGES = [KeyChange(3, A, B), KeyChange(7, B, C)]


def test_an_entry_tells_the_keys_that_it_changes() -> None:
    """The leaf names both, by the lines that everybody knows them by."""
    told = leaf(EntryKind.KEY, NOW, **CHANGES[0].facts)

    assert KeyChange.of(3, told) == CHANGES[0]


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b'{"kind":"key"',
        b'{"kind":"key","old_key":"a","new_key":"b"}',
        b'{"kind":"given","terms":{"kind":"key"}}',
        leaf(EntryKind.GIVEN, NOW, note='"kind":"key"', **CHANGES[0].facts),
    ],
)
def test_what_is_no_change_of_keys_is_none(told: bytes) -> None:
    """Whatever it looks like."""
    assert KeyChange.of(0, told) is None


@pytest.mark.parametrize("trusted", [A, B, C])
def test_any_key_of_the_log_leads_to_all_others(trusted: VerifierKey) -> None:
    """And says who signs at which size: both, where the key changes."""
    keys = LogKeys(trusted, CHANGES)

    assert keys.all == (A, B, C)
    assert [keys.signing(size) for size in (1, 3, 4, 5, 7, 8, 9)] == [
        (A,),
        (A,),
        (A, B),
        (B,),
        (B,),
        (B, C),
        (C,),
    ]


def test_a_key_that_no_change_names_leads_nowhere() -> None:
    """Then it alone is asked for, and nothing is signed by it."""
    assert LogKeys(STRANGER, CHANGES).signing(5) == (STRANGER,)


def test_nothing_is_followed_across_a_gap() -> None:
    """A change from a key that never came to sign leads to nobody."""
    gap = [CHANGES[0], KeyChange(7, STRANGER, C)]

    assert LogKeys(A, gap).all == (A, B)
    assert LogKeys(C, gap).all == (STRANGER, C)
