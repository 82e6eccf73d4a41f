"""Proof files: written, read, checked, and refused when anything in them was changed."""

import base64
import hashlib

import pytest

from consent_ledger.transparency.checkpoint import sign_checkpoint
from consent_ledger.transparency.log_proof import (
    MAX_PROOF_BYTES,
    LogProof,
    format_proof,
    parse_proof,
    verify_proof,
)
from consent_ledger.transparency.merkle import leaf_hash, merkle_root
from consent_ledger.transparency.merkle_proofs import ProofError, inclusion_proof, nodes_over
from consent_ledger.transparency.note_keys import NoteError, SigningKey
from schemas.errors import BusError

LEAVES = [f"entry {number}".encode() for number in range(11)]
KEY = SigningKey.generate("hub.example/ledger")


def made(index: int, size: int = len(LEAVES)) -> LogProof:
    """Prove one of the leaves."""
    hashes = [leaf_hash(leaf) for leaf in LEAVES[:size]]
    checkpoint = sign_checkpoint(KEY, size, merkle_root(hashes))
    path = inclusion_proof(nodes_over(hashes), index, size)
    return LogProof(index, tuple(path), checkpoint, LEAVES[index])


@pytest.mark.parametrize("size", range(1, len(LEAVES) + 1))
def test_every_leaf_of_a_log_of_any_size_is_proven(size: int) -> None:
    """Written to a file, read again and checked with the public key."""
    for index in range(size):
        read = parse_proof(format_proof(made(index, size)))

        checkpoint = verify_proof(read, read.extra or b"", KEY.verifier_key)

        assert read == made(index, size)
        assert (checkpoint.origin, checkpoint.size) == ("hub.example/ledger", size)


def test_the_file_has_the_form_that_others_read() -> None:
    """Header, extra, index, hashes, an empty line, the checkpoint: c2sp.org/tlog-proof."""
    hashed = hashlib.sha256(b"hash1").digest()

    whole = format_proof(LogProof(10, (hashed,), "checkpoint data\n", b"extra information"))
    least = format_proof(LogProof(0, (), "checkpoint\n"))

    assert whole == (
        "c2sp.org/tlog-proof@v1\n"
        "extra ZXh0cmEgaW5mb3JtYXRpb24=\n"
        "index 10\n"
        f"{base64.b64encode(hashed).decode()}\n"
        "\ncheckpoint data\n"
    )
    assert least == "c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n"
    assert parse_proof(least) == LogProof(0, (), "checkpoint\n")


def test_no_changed_bit_of_a_proof_passes() -> None:
    """Wherever it is: the file is refused, or it proves what it proved, not something else."""
    proof = made(6)
    good = format_proof(proof).encode()
    passed = set()
    for at in range(len(good)):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        try:
            read = parse_proof(bad)
            verify_proof(read, read.extra or b"", KEY.verifier_key)
        except BusError:
            continue
        passed.add(at)
    assert passed == set()


def test_another_leaf_or_another_key_proves_nothing() -> None:
    """What is proven is this entry, in this log."""
    proof = made(6)

    with pytest.raises(ProofError):
        verify_proof(proof, LEAVES[5], KEY.verifier_key)
    with pytest.raises(NoteError):
        verify_proof(proof, LEAVES[6], SigningKey.generate("hub.example/ledger").verifier_key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a proof at all",
        "wrong-header\nindex 0\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex notanumber\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex -1\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nextra AA==\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nnot base64\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 0\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n" + "x" * MAX_PROOF_BYTES,
        b"c2sp.org/tlog-proof@v1\nindex 0\n\n\xff\n",
    ],
)
def test_what_is_no_proof_is_refused_in_words(text: str | bytes) -> None:
    """Never a traceback: somebody else may have made the file."""
    with pytest.raises(BusError):
        parse_proof(text)
