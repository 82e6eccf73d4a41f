# ruff: noqa: S608 - the statements are the test's own, nobody's input is in them
import pytest
from sqlalchemy import Engine

from consent_ledger.transparency.log_report import LogPart
from consent_ledger.transparency.log_verification import verify
from consent_ledger.transparency.merkle import leaf_hash, merkle_root, node_hash
from consent_ledger.transparency.note_keys import NoteError, SigningKey
from consent_ledger.transparency.transparency_log import TransparencyLogError, head
from tests.integration.transparency_log.filled_log import (
    BATCHES,
    LEAVES,
    checked,
    faults,
    fill,
    tamper,
)


def test_a_log_that_nobody_touched_is_sound(log: Engine, key: SigningKey) -> None:
    """Every entry and checkpoint is met, and an older checkpoint kept outside agrees."""
    with log.connect() as connection:
        kept = head(connection).checkpoint
    fill(log, key, [[b"10", b"11"], [b"12"]])

    report = checked(log, key, kept)

    leaves = [*LEAVES, b"10", b"11", b"12"]
    assert (report.size, report.checkpoints, report.faults) == (13, 7, ())
    assert report.is_sound
    assert report.root == merkle_root(map(leaf_hash, leaves))


def test_an_empty_log_is_sound(engine: Engine, key: SigningKey) -> None:
    """Before the first entry there is nothing to be wrong."""
    report = checked(engine, key)

    assert (report.size, report.root, report.checkpoints) == (0, merkle_root([]), 0)
    assert report.is_sound


EMPTIED = [
    "TRUNCATE ledger.entry, ledger.checkpoint",
    "UPDATE ledger.head SET size = 0, state = ''",
]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def swapped(seq1: int, seq2: int) -> list[str]:
    """Let two whole rows change places."""
    return [
        f"UPDATE ledger.entry SET seq = 100 WHERE seq = {seq1}",
        f"UPDATE ledger.entry SET seq = {seq1} WHERE seq = {seq2}",
        f"UPDATE ledger.entry SET seq = {seq2} WHERE seq = 100",
    ]


CHECKPOINT_OF_5 = "(SELECT note FROM ledger.checkpoint WHERE size = 5)"
UPPER_HASH_REPLACED = "substring(hashes from 1 for 64) || sha256('x')"
LEAF_HASH_OF_X = "sha256('\\x0078')"

TAMPERED = {
    "a leaf": (["UPDATE ledger.entry SET leaf = 'x' WHERE seq = 3"], (LogPart.ENTRY, 3, 3)),
    "two leaves": (
        ["UPDATE ledger.entry SET leaf = 'x' WHERE seq IN (9, 7)"],
        (LogPart.ENTRY, 7, 7),
    ),
    "a stored hash": (
        ["UPDATE ledger.entry SET hashes = sha256('x') WHERE seq = 4"],
        (LogPart.ENTRY, 4, 4),
    ),
    "a stored hash of a subtree": (
        [f"UPDATE ledger.entry SET hashes = {UPPER_HASH_REPLACED} WHERE seq = 3"],
        (LogPart.ENTRY, 2, 3),  # 0 and 1 are under it too, and proven by earlier checkpoints
    ),
    "a leaf and its hash": (
        [f"UPDATE ledger.entry SET leaf = 'x', hashes = {LEAF_HASH_OF_X} WHERE seq = 2"],
        (LogPart.ENTRY, 2, 3),
    ),
    "two rows swapped": (swapped(0, 1), (LogPart.ENTRY, 0, 0)),
    "two rows swapped within an append": (swapped(6, 8), (LogPart.ENTRY, 6, 7)),
    "first deleted": (["DELETE FROM ledger.entry WHERE seq = 0"], (LogPart.ENTRY, 0, 0)),
    "middle deleted": (["DELETE FROM ledger.entry WHERE seq IN (3, 4)"], (LogPart.ENTRY, 3, 4)),
    "tail deleted": (["DELETE FROM ledger.entry WHERE seq >= 8"], (LogPart.ENTRY, 6, 9)),
    "tail and checkpoint deleted": (
        [
            "DELETE FROM ledger.entry WHERE seq >= 8",
            "DELETE FROM ledger.checkpoint WHERE size = 10",
        ],
        (LogPart.ENTRY, 6, 7),
    ),
    "all deleted": (["TRUNCATE ledger.entry"], (LogPart.ENTRY, 0, 9)),
    "an entry added": (
        [f"INSERT INTO ledger.entry (seq, leaf, hashes) VALUES (10, 'x', {LEAF_HASH_OF_X})"],
        (LogPart.ENTRY, 10, 10),
    ),
    "the head's size": (["UPDATE ledger.head SET size = 9"], (LogPart.HEAD, 9, 9)),
    "the head's state": (
        ["UPDATE ledger.head SET state = sha256('x') || sha256('y')"],
        (LogPart.HEAD, 10, 10),
    ),
    "the head deleted": (["DELETE FROM ledger.head"], (LogPart.HEAD, 0, 0)),
    "a checkpoint's text": (
        ["UPDATE ledger.checkpoint SET note = replace(note, E'\\n5\\n', E'\\n6\\n')"],
        (LogPart.CHECKPOINT, 5, 5),
    ),
    "checkpoints replaced by an earlier one": (
        [f"UPDATE ledger.checkpoint SET note = {CHECKPOINT_OF_5} WHERE size >= 6"],
        (LogPart.CHECKPOINT, 6, 6),
    ),
    "a checkpoint added": (
        [f"INSERT INTO ledger.checkpoint (size, note) VALUES (11, {CHECKPOINT_OF_5})"],
        (LogPart.CHECKPOINT, 11, 11),
    ),
}


@pytest.mark.parametrize(("statements", "where"), TAMPERED.values(), ids=TAMPERED)
def test_tampering_is_found_and_the_first_bad_part_named(
    log: Engine, key: SigningKey, statements: list[str], where: tuple[LogPart, int, int]
) -> None:
    """Each way to change the tables behind the log's back is reported where it happened."""
    tamper(log, *statements)

    report = checked(log, key)

    assert not report.is_sound
    assert faults(report) == [where]
    assert str(where[1]) in report.faults[0].message or where[0] is LogPart.HEAD


def test_a_careful_editor_is_found_by_the_checkpoints(log: Engine, key: SigningKey) -> None:
    """An entry rewritten with all hashes that go with it is traced to its own append."""
    own = leaf_hash(b"x")
    hashes = (own + node_hash(leaf_hash(b"4"), own)).hex()
    tamper(log, f"UPDATE ledger.entry SET leaf = 'x', hashes = '\\x{hashes}' WHERE seq = 5")

    assert faults(checked(log, key)) == [(LogPart.ENTRY, 5, 5)]


def test_a_forged_checkpoint_is_named(log: Engine, key: SigningKey) -> None:
    """A checkpoint that another key signed for an altered log does not count."""
    forger = SigningKey.generate("hub.example/ledger")
    tamper(log, *EMPTIED)
    fill(log, forger, BATCHES)

    report = checked(log, key)

    assert faults(report) == [(LogPart.CHECKPOINT, 1, 1)]
    assert report.checkpoints == 5
    assert checked(log, forger).is_sound


def test_a_log_cut_short_is_found_by_a_checkpoint_kept_outside(
    log: Engine, key: SigningKey
) -> None:
    """Nothing stored shows that a tail was taken away; a checkpoint kept elsewhere does."""
    with log.connect() as connection:
        kept = head(connection).checkpoint
    four_and_two = merkle_root(HASHES[:4]) + merkle_root(HASHES[4:6])
    tamper(
        log,
        "DELETE FROM ledger.entry WHERE seq >= 6",
        "DELETE FROM ledger.checkpoint WHERE size > 6",
        f"UPDATE ledger.head SET size = 6, state = '\\x{four_and_two.hex()}'",
    )

    assert checked(log, key).is_sound
    assert faults(checked(log, key, kept)) == [(LogPart.ENTRY, 6, 9)]


def test_a_log_written_anew_by_the_key_s_holder_is_found(log: Engine, key: SigningKey) -> None:
    """A second history under the same key is sound in itself and contradicts what was kept."""
    with log.connect() as connection:
        kept = head(connection).checkpoint
    tamper(log, *EMPTIED)
    fill(log, key, [*BATCHES[:-1], [b"6", b"seven", b"8", b"9"], [b"10"]])

    assert checked(log, key).is_sound
    assert faults(checked(log, key, kept)) == [(LogPart.ENTRY, 0, 9)]


def test_a_checkpoint_of_another_log_is_no_comparison(log: Engine, key: SigningKey) -> None:
    """What the log's key did not sign is refused before anything is read."""
    stranger = SigningKey.generate("other.example/ledger")
    with log.connect() as connection:
        kept = head(connection).checkpoint

    with pytest.raises(NoteError, match="None of the known keys"):
        checked(log, stranger, kept)
    with pytest.raises(NoteError, match="not a signed note"):
        checked(log, key, "")


def test_verifying_wants_a_transaction_of_its_own(log: Engine, key: SigningKey) -> None:
    """In the middle of one it could not see everything at the same moment."""
    with log.connect() as connection:
        head(connection)
        with pytest.raises(TransparencyLogError, match="middle of a transaction"):
            verify(connection, key.verifier_key)


def test_appends_go_on_while_the_log_is_verified(log: Engine, key: SigningKey) -> None:
    """A verification sees the log of one moment, whatever is committed meanwhile."""
    with log.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        assert head(connection).size == 10
        fill(log, key, [[b"10"], [b"11"]])
        report = verify(connection, key.verifier_key)

    assert (report.size, report.faults) == (10, ())
    assert checked(log, key).size == 12
