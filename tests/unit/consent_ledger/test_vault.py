import os

import pytest

from consent_ledger.journal.vault import (
    EPOCH_BYTES,
    UNNAMED_EPOCH,
    UnsealError,
    Vault,
    epoch_of,
    new_salt,
    seal,
    unseal,
)
from schemas.identifiers import new_passport_number
from tests.support.bus_settings import PEPPER

KEY = os.urandom(32)


def test_what_is_sealed_under_a_participant_s_key_comes_back() -> None:
    """A vault opened again with the same journal key opens the same keys."""
    number = new_passport_number()
    sealed_key = Vault([KEY], PEPPER).new_key(number)

    sealed = seal(Vault([KEY], PEPPER).open_key(sealed_key, number), b"an event", b"about")

    assert (
        unseal(Vault([KEY], PEPPER).open_key(sealed_key, number), sealed, b"about") == b"an event"
    )
    assert b"an event" not in sealed


def test_no_two_seals_are_alike() -> None:
    """The same event sealed twice does not show that it is the same."""
    number = new_passport_number()
    vault = Vault([KEY], PEPPER)
    key = vault.open_key(vault.new_key(number), number)

    assert len({seal(key, b"an event", b"about") for _ in range(50)}) == 50
    assert vault.new_key(number) != vault.new_key(number)


def test_a_key_opens_for_its_own_participant_alone() -> None:
    """A key copied into somebody else's row is of no use there."""
    vault = Vault([KEY], PEPPER)
    sealed_key = vault.new_key(new_passport_number())

    with pytest.raises(UnsealError):
        vault.open_key(sealed_key, new_passport_number())


def test_a_key_does_not_open_under_another_journal_key() -> None:
    """A copy of the database without the key is noise."""
    number = new_passport_number()

    with pytest.raises(UnsealError):
        Vault([os.urandom(32)], PEPPER).open_key(Vault([KEY], PEPPER).new_key(number), number)


def test_a_newer_journal_key_opens_what_an_older_one_sealed_and_seals_what_comes() -> None:
    """While keys are rotated nothing is unreadable; sealed again, nothing needs the older one."""
    number, newer = new_passport_number(), os.urandom(32)
    old, both, new = Vault([KEY], PEPPER), Vault([newer, KEY], PEPPER), Vault([newer], PEPPER)
    sealed_key = old.new_key(number)
    event = seal(old.open_key(sealed_key, number), b"an event", b"about")
    again = both.reseal_key(sealed_key, number)

    assert unseal(both.open_key(sealed_key, number), event, b"about") == b"an event"
    assert unseal(new.open_key(again, number), event, b"about") == b"an event"
    new.open_key(both.new_key(number), number)
    with pytest.raises(UnsealError):
        old.open_key(again, number)
    with pytest.raises(UnsealError):
        new.open_key(sealed_key, number)


def test_a_program_that_runs_reads_the_journal_keys_again_when_it_meets_a_new_one() -> None:
    """The one that was destroyed meanwhile it forgets when it reads them once more.

    In between it opens a row that was read before the rotation ended.
    """
    number, newer, newest = new_passport_number(), os.urandom(32), os.urandom(32)
    keys = [KEY]
    running = Vault(keys.copy(), PEPPER, keys.copy)
    before = running.new_key(number)

    keys[:] = [newer]
    running.open_key(Vault([newer], PEPPER).new_key(number), number)
    assert running.new_key(number).startswith(epoch_of(newer))
    running.open_key(before, number)
    keys[:] = [newest]
    running.open_key(Vault([newest], PEPPER).new_key(number), number)

    with pytest.raises(UnsealError):
        running.open_key(before, number)


def test_a_new_key_is_under_the_newest_journal_key_that_its_transaction_knows() -> None:
    """Read again where the vault knows less; refused where the transaction knows none of them."""
    number, newer = new_passport_number(), os.urandom(32)
    both = [newer, KEY]
    running = Vault([KEY], PEPPER, lambda: both)
    old, new = epoch_of(KEY), epoch_of(newer)

    assert running.new_key(number, {old})[:EPOCH_BYTES] == old
    assert running.new_key(number, {old, new})[:EPOCH_BYTES] == new
    assert running.new_key(number, {old})[:EPOCH_BYTES] == old
    with pytest.raises(UnsealError):
        running.new_key(number, {epoch_of(bytes(32))})


def test_a_key_that_was_sealed_before_keys_had_epochs_opens_under_any() -> None:
    """As a database of an earlier version has it."""
    number, newer = new_passport_number(), os.urandom(32)
    unnamed = UNNAMED_EPOCH + Vault([KEY], PEPPER).new_key(number)[EPOCH_BYTES:]

    Vault([newer, KEY], PEPPER).open_key(unnamed, number)
    with pytest.raises(UnsealError):
        Vault([newer], PEPPER).open_key(unnamed, number)


def test_a_newer_journal_key_changes_no_digest() -> None:
    """Else a rotation would send every record again, and refuse each event that is replayed."""
    both = Vault([os.urandom(32), KEY], PEPPER)

    assert both.digest(b"an event") == Vault([KEY], PEPPER).digest(b"an event")


def test_a_participant_s_events_do_not_open_with_another_s_key() -> None:
    """Each person is erased by destroying one key, and nobody else with them."""
    vault = Vault([KEY], PEPPER)
    one, other = new_passport_number(), new_passport_number()
    sealed = seal(vault.open_key(vault.new_key(one), one), b"an event", b"about")

    with pytest.raises(UnsealError):
        unseal(vault.open_key(vault.new_key(other), other), sealed, b"about")


def test_a_changed_byte_or_another_place_is_found() -> None:
    """A row moved to another event, cut short or altered is never taken for the truth."""
    number = new_passport_number()
    vault = Vault([KEY], PEPPER)
    key = vault.open_key(vault.new_key(number), number)
    sealed = seal(key, b"an event", b"person|event-1")

    with pytest.raises(UnsealError):
        unseal(key, sealed, b"person|event-2")
    for at in range(len(sealed)):
        with pytest.raises(UnsealError):
            unseal(key, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], b"person|event-1")
        with pytest.raises(UnsealError):
            unseal(key, sealed[:at], b"person|event-1")


def test_a_refusal_to_open_holds_nothing_of_what_was_sealed() -> None:
    """Neither value, key nor whom it is about is in the message."""
    number = new_passport_number()
    with pytest.raises(UnsealError) as refused:
        Vault([KEY], PEPPER).open_key(b"x" * 60, number)

    assert number not in str(refused.value)


def test_a_digest_tells_a_change_to_who_has_the_key_alone() -> None:
    """The same data gives the same digest; another pepper gives another one."""
    digest = Vault([KEY], PEPPER).digest(b"an event")

    assert digest == Vault([KEY], PEPPER).digest(b"an event")
    assert len(digest) == 16
    assert digest != Vault([KEY], PEPPER).digest(b"an event.")
    assert digest != Vault([KEY], os.urandom(32)).digest(b"an event")


def test_salts_are_random() -> None:
    """16 bytes, never the same."""
    assert len({new_salt() for _ in range(50)}) == 50
    assert len(new_salt()) == 16
