"""Every proof of every small tree, as it is and made wrong in each way that an attacker may try."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest

from consent_ledger.transparency.merkle import EMPTY_ROOT, leaf_hash, merkle_root
from consent_ledger.transparency.merkle_proofs import (
    ProofError,
    consistency_proof,
    inclusion_proof,
    nodes_over,
    verify_consistency,
    verify_inclusion,
)

LARGEST = 9
LEAVES = [leaf_hash(bytes([value])) for value in range(LARGEST)]
ROOTS = [merkle_root(LEAVES[:size]) for size in range(LARGEST + 1)]
GARBAGE = sha256(b"garbage").digest()


@dataclass(frozen=True)
class Inclusion:
    """The claim that a leaf is in a tree."""

    hashed: bytes
    index: int
    size: int
    proof: tuple[bytes, ...]
    root: bytes

    def verify(self) -> None:
        """Return if the proof proves it."""
        verify_inclusion(self.hashed, self.index, self.size, self.proof, self.root)


@dataclass(frozen=True)
class Consistency:
    """The claim that a tree is the beginning of another."""

    size1: int
    root1: bytes
    size2: int
    root2: bytes
    proof: tuple[bytes, ...]

    def verify(self) -> None:
        """Return if the proof proves it."""
        verify_consistency(self.size1, self.root1, self.size2, self.root2, self.proof)


INCLUSIONS = [
    Inclusion(
        LEAVES[index],
        index,
        size,
        tuple(inclusion_proof(nodes_over(LEAVES[:size]), index, size)),
        ROOTS[size],
    )
    for size in range(1, LARGEST + 1)
    for index in range(size)
]
CONSISTENCIES = [
    Consistency(
        size1,
        ROOTS[size1],
        size2,
        ROOTS[size2],
        tuple(consistency_proof(nodes_over(LEAVES[:size2]), size1, size2)),
    )
    for size2 in range(1, LARGEST + 1)
    for size1 in range(1, size2 + 1)
]


def flipped(proof: tuple[bytes, ...], at: int) -> tuple[bytes, ...]:
    """Return a proof with one bit of one hash turned over; the same where it has no such hash."""
    if at >= len(proof):
        return proof
    return (*proof[:at], bytes([proof[at][0] ^ 16]) + proof[at][1:], *proof[at + 1 :])


WRONG_INCLUSIONS: dict[str, Callable[[Inclusion], Inclusion]] = {
    "the index before": lambda p: replace(p, index=p.index - 1),
    "the index after": lambda p: replace(p, index=p.index + 1),
    "the index of a neighbouring pair": lambda p: replace(p, index=p.index ^ 2),
    "an index that has wrapped round": lambda p: replace(p, index=p.index + 2**64 - 1),
    "half the size": lambda p: replace(p, size=p.size // 2),
    "twice the size": lambda p: replace(p, size=p.size * 2),
    "an empty tree": lambda p: replace(p, size=0),
    "another leaf": lambda p: replace(p, hashed=GARBAGE),
    "no leaf": lambda p: replace(p, hashed=b""),
    "another root": lambda p: replace(p, root=GARBAGE),
    "the empty root": lambda p: replace(p, root=EMPTY_ROOT),
    "no root": lambda p: replace(p, root=b""),
    "neither leaf nor root": lambda p: replace(p, hashed=b"", root=b""),
    "garbage in front": lambda p: replace(p, proof=(GARBAGE, *p.proof)),
    "garbage within": lambda p: replace(p, proof=(*p.proof[:1], GARBAGE, *p.proof[1:])),
    "garbage behind": lambda p: replace(p, proof=(*p.proof, GARBAGE)),
    "the root in front": lambda p: replace(p, proof=(p.root, *p.proof)),
    "the root behind": lambda p: replace(p, proof=(*p.proof, p.root)),
    "nothing of the proof": lambda p: replace(p, proof=()),
    "the last hash left out": lambda p: replace(p, proof=p.proof[:-1]),
    "the first hash left out": lambda p: replace(p, proof=p.proof[1:]),
    "a bit of the first hash": lambda p: replace(p, proof=flipped(p.proof, 0)),
    "a bit of the second hash": lambda p: replace(p, proof=flipped(p.proof, 1)),
    "a bit of the third hash": lambda p: replace(p, proof=flipped(p.proof, 2)),
}

WRONG_CONSISTENCIES: dict[str, Callable[[Consistency], Consistency]] = {
    "the smaller size before": lambda p: replace(p, size1=p.size1 - 1),
    "the smaller size after": lambda p: replace(p, size1=p.size1 + 1),
    "the smaller size of a neighbouring pair": lambda p: replace(p, size1=p.size1 ^ 2),
    "from nothing": lambda p: replace(p, size1=0),
    "from nothing to nothing": lambda p: replace(p, size1=0, size2=0),
    "half the larger size": lambda p: replace(p, size2=p.size2 // 2),
    "twice the larger size": lambda p: replace(p, size2=p.size2 * 2),
    "another smaller root": lambda p: replace(p, root1=GARBAGE),
    "another larger root": lambda p: replace(p, root2=GARBAGE),
    "the roots exchanged": lambda p: replace(p, root1=p.root2, root2=p.root1),
    "the sizes exchanged": lambda p: replace(p, size1=p.size2, size2=p.size1),
    "garbage in front": lambda p: replace(p, proof=(GARBAGE, *p.proof)),
    "garbage behind": lambda p: replace(p, proof=(*p.proof, GARBAGE)),
    "the smaller root in front": lambda p: replace(p, proof=(p.root1, *p.proof)),
    "the smaller root behind": lambda p: replace(p, proof=(*p.proof, p.root1)),
    "the larger root in front": lambda p: replace(p, proof=(p.root2, *p.proof)),
    "the larger root behind": lambda p: replace(p, proof=(*p.proof, p.root2)),
    "the first hash twice": lambda p: replace(p, proof=(*p.proof[:1], *p.proof)),
    "nothing of the proof": lambda p: replace(p, proof=()),
    "the last hash left out": lambda p: replace(p, proof=p.proof[:-1]),
    "a bit of the first hash": lambda p: replace(p, proof=flipped(p.proof, 0)),
    "a bit of the second hash": lambda p: replace(p, proof=flipped(p.proof, 1)),
    "a bit of the third hash": lambda p: replace(p, proof=flipped(p.proof, 2)),
}


def is_refused(claim: Inclusion | Consistency) -> bool:
    """Verify a claim and say whether that failed."""
    try:
        claim.verify()
    except ProofError:
        return True
    return False


def test_every_proof_of_a_small_tree_is_taken() -> None:
    """From each tree of at most 9 leaves, for each leaf and for each tree before it."""
    assert [claim for claim in INCLUSIONS if is_refused(claim)] == []
    assert [claim for claim in CONSISTENCIES if is_refused(claim)] == []


@pytest.mark.parametrize("wrong", WRONG_INCLUSIONS.values(), ids=WRONG_INCLUSIONS)
def test_an_inclusion_proof_made_wrong_is_refused(wrong: Callable[[Inclusion], Inclusion]) -> None:
    """In every tree, for every leaf for which it changes anything."""
    altered = [made for claim in INCLUSIONS if (made := wrong(claim)) != claim]

    assert altered
    assert [claim for claim in altered if not is_refused(claim)] == []


@pytest.mark.parametrize("wrong", WRONG_CONSISTENCIES.values(), ids=WRONG_CONSISTENCIES)
def test_a_consistency_proof_made_wrong_is_refused(
    wrong: Callable[[Consistency], Consistency],
) -> None:
    """For every two trees for which it changes anything."""
    altered = [made for claim in CONSISTENCIES if (made := wrong(claim)) != claim]

    assert altered
    assert [claim for claim in altered if not is_refused(claim)] == []
