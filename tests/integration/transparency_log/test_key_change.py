from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from consent_ledger.ledger.entries import EntryKind, leaf
from consent_ledger.tables.transparency_log import checkpoint
from consent_ledger.transparency.checkpoint import open_checkpoint, sign_checkpoint
from consent_ledger.transparency.key_change import KeyChange
from consent_ledger.transparency.key_proofs import follow_key_changes, prove_key_changes
from consent_ledger.transparency.log_report import LogPart
from consent_ledger.transparency.merkle_proofs import ProofError
from consent_ledger.transparency.note_keys import NoteError, SigningKey
from consent_ledger.transparency.transparency_log import append, head
from tests.integration.transparency_log.filled_log import checked, faults, fill, tamper

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def changed(log: Engine, old: SigningKey) -> SigningKey:
    """Change the log's key."""
    new = SigningKey.generate("hub.example/ledger")
    with log.begin() as connection:
        change = KeyChange(0, old.verifier_key, new.verifier_key)
        append(connection, [leaf(EntryKind.KEY, NOW, **change.facts)], old, successor=new)
    return new


@pytest.fixture
def keys(log: Engine, key: SigningKey) -> list[SigningKey]:
    """Change the key of a log of ten entries at entries 10 and 12, and add one more."""
    second = changed(log, key)
    fill(log, second, [[b"11"]])
    third = changed(log, second)
    fill(log, third, [[b"13", b"14"]])
    return [key, second, third]


@pytest.mark.parametrize("place", range(3))
def test_each_key_alone_verifies_the_whole_log(
    log: Engine, keys: list[SigningKey], place: int
) -> None:
    """The first follows the changes on, the last back; each stored checkpoint is judged."""
    with log.connect() as connection:
        newest = head(connection).checkpoint
    report = checked(log, keys[place], newest)

    assert (report.size, report.checkpoints, report.faults) == (15, 9, ())


def test_the_checkpoint_of_the_change_is_signed_by_both(
    log: Engine, keys: list[SigningKey]
) -> None:
    """By each alone it can be opened."""
    with log.connect() as connection:
        note = connection.scalar(select(checkpoint.c.note).where(checkpoint.c.size == 11))

    for key in keys[:2]:
        assert open_checkpoint(note or "", [key.verifier_key]).size == 11
    with pytest.raises(NoteError):
        open_checkpoint(note or "", [keys[2].verifier_key])


def test_the_old_key_signs_no_more(log: Engine, key: SigningKey) -> None:
    """Not even on top of the checkpoint that it signed itself."""
    new = changed(log, key)

    with log.begin() as connection, pytest.raises(NoteError, match="changed its key"):
        append(connection, [b"11"], key)
    fill(log, new, [[b"11"]])

    assert checked(log, key).size == 12


def test_a_checkpoint_signed_by_the_old_key_after_the_change_is_found(
    log: Engine, keys: list[SigningKey]
) -> None:
    """A key that was stolen before it was changed is of no use."""
    root = checked(log, keys[0]).root
    forged = sign_checkpoint(keys[0], 15, root)
    tamper(log, f"UPDATE ledger.checkpoint SET note = '{forged}' WHERE size = 15")  # noqa: S608 - a note of our own

    assert faults(checked(log, keys[0])) == [(LogPart.CHECKPOINT, 15, 15)]


def test_a_change_that_the_new_key_has_not_signed_is_found(
    log: Engine, keys: list[SigningKey]
) -> None:
    """Else who has the old key could name a key of somebody else."""
    tamper(
        log,
        "UPDATE ledger.checkpoint SET note = regexp_replace(note, '\n[^\n]*\n$', E'\n')"
        " WHERE size = 11",
    )

    assert faults(checked(log, keys[2])) == [(LogPart.CHECKPOINT, 11, 11)]


def test_a_deleted_change_is_found_by_every_key(log: Engine, keys: list[SigningKey]) -> None:
    """Its entry is missing."""
    tamper(log, "DELETE FROM ledger.entry WHERE seq = 10")

    for key in keys:
        assert (LogPart.ENTRY, 10, 10) in faults(checked(log, key))


def test_who_trusts_an_older_key_is_led_to_the_newest_by_proofs_alone(
    log: Engine, keys: list[SigningKey]
) -> None:
    """Each change is proven under a checkpoint that both keys signed."""
    with log.connect() as connection:
        proofs = list(prove_key_changes(connection))

    for place, key in enumerate(keys):
        followed = follow_key_changes(key.verifier_key, proofs)
        assert [one.key for one in followed] == [one.verifier_key for one in keys[place:]]
    stranger = SigningKey.generate("hub.example/ledger")
    assert len(follow_key_changes(stranger.verifier_key, proofs)) == 1


def test_a_proof_of_a_change_that_is_not_the_log_s_is_refused(
    log: Engine, keys: list[SigningKey]
) -> None:
    """Neither another leaf, nor a checkpoint that the new key has not signed."""
    with log.connect() as connection:
        first, second = prove_key_changes(connection)
    mine = SigningKey.generate("hub.example/ledger")
    told = leaf(EntryKind.KEY, NOW, **KeyChange(10, keys[0].verifier_key, mine.verifier_key).facts)
    half = first.checkpoint.rpartition("\n")[0].rpartition("\n")[0] + "\n"

    for bad in (
        type(first)(first.index, first.hashes, first.checkpoint, told),
        type(first)(first.index, first.hashes, half, first.extra),
        type(first)(first.index, second.hashes, first.checkpoint, first.extra),
        type(first)(first.index, first.hashes, first.checkpoint, b"10"),
    ):
        with pytest.raises((ProofError, NoteError)):
            follow_key_changes(keys[0].verifier_key, [bad])
