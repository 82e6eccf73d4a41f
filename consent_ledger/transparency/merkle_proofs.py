"""Inclusion and consistency proofs of RFC 6962 section 2.1.1 and 2.1.2: made and verified.

A proof is a list of node hashes, from the leaves' side to the root's. Its length follows from
the sizes, so a proof of any other length is refused.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from consent_ledger.transparency.merkle import HASH_BYTES, MerkleError, node_hash

NodeHashes: TypeAlias = Callable[[int, int], bytes]
"""(level, index) -> root of the perfect subtree over leaves [index << level, (index + 1) << level).

Asked only for subtrees that lie wholly within the tree.
"""


class ProofError(MerkleError):
    """A proof that does not prove what it is given for."""


def nodes_over(leaf_hashes: Sequence[bytes]) -> NodeHashes:
    """Hold every perfect subtree's root over these leaf hashes in memory."""
    levels = [list(leaf_hashes)]
    while len(below := levels[-1]) > 1:
        levels.append([node_hash(*pair) for pair in zip(below[::2], below[1::2], strict=False)])
    return lambda level, index: levels[level][index]


def inclusion_proof(nodes: NodeHashes, index: int, size: int) -> list[bytes]:
    """Prove that leaf `index` is in the tree of the first `size` leaves; MerkleError if not."""
    if not 0 <= index < size:
        raise MerkleError(f"A tree of {size} leaves has no leaf {index}.")
    proof = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _left_width(stop - start)
        if index < middle:
            proof.append(_range_root(nodes, middle, stop))
            stop = middle
        else:
            proof.append(_range_root(nodes, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(nodes: NodeHashes, size1: int, size2: int) -> list[bytes]:
    """Prove that the tree of `size1` leaves is the beginning of the tree of `size2` leaves.

    Raises MerkleError when size1 is 0 (everything begins with nothing) or more than size2.
    """
    if not 0 < size1 <= size2:
        raise MerkleError(f"There is no consistency proof from size {size1} to size {size2}.")
    proof = []
    start, stop = 0, size2
    while stop != size1:
        middle = start + _left_width(stop - start)
        if size1 <= middle:
            proof.append(_range_root(nodes, middle, stop))
            stop = middle
        else:
            proof.append(_range_root(nodes, start, middle))
            start = middle
    if start:  # otherwise what is left is the old tree itself, whose root the verifier has
        proof.append(_range_root(nodes, start, stop))
    return proof[::-1]


def verify_inclusion(
    hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise ProofError unless this leaf hash is leaf `index` of `size` under this root."""
    if not 0 <= index < size:
        raise ProofError(f"A tree of {size} leaves has no leaf {index}.")
    turns = _turns(index, size)
    _check_shape(proof, len(turns))
    _check_shape([hashed], 1)
    node = hashed
    for sibling, on_the_left in zip(proof, turns, strict=True):
        node = node_hash(sibling, node) if on_the_left else node_hash(node, sibling)
    if node != root:
        raise ProofError(f"The proof does not lead from leaf {index} to the root of {size} leaves.")


def verify_consistency(
    size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]
) -> None:
    """Return when the tree of `size2` leaves begins with the tree of `size1` leaves.

    Raises ProofError otherwise. Size 0 is refused, from 0 to 0 too: it would prove nothing.
    """
    if not 0 < size1 <= size2:
        raise ProofError(f"Nothing proves consistency from size {size1} to size {size2}.")
    if size1 == size2:
        _check_shape(proof, 0)
        if root1 != root2:
            raise ProofError(f"There are two different roots for {size1} leaves.")
        return
    # The old tree's last perfect subtree is a node of both trees, and both roots can be climbed
    # to from it. It is the old tree itself where size1 is a power of 2, else the proof's first.
    level = (size1 & -size1).bit_length() - 1
    turns = _turns((size1 - 1) >> level, ((size2 - 1) >> level) + 1)
    climb = [root1, *proof] if size1 == 1 << level else list(proof)
    _check_shape(climb, 1 + len(turns))
    old = new = climb[0]
    for sibling, on_the_left in zip(climb[1:], turns, strict=True):
        if on_the_left:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
        else:  # what is on the right came after size1
            new = node_hash(new, sibling)
    if (old, new) != (root1, root2):
        raise ProofError(f"The tree of {size2} leaves does not begin with that of {size1}.")


def _range_root(nodes: NodeHashes, start: int, stop: int) -> bytes:
    """Root over the leaves [start, stop) that are one subtree, perfect or at the right edge."""
    perfect: list[bytes] = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        perfect.append(nodes(level, start >> level))
        start += 1 << level
    root = perfect.pop()
    while perfect:
        root = node_hash(perfect.pop(), root)
    return root


def _left_width(size: int) -> int:
    """Largest power of 2 below `size`: where RFC 6962 splits a tree of 2 leaves or more."""
    return 1 << ((size - 1).bit_length() - 1)


def _turns(index: int, size: int) -> list[bool]:
    """Whether the sibling is on the left, for each step from leaf `index` to the root.

    Up to where the paths of this and of the last leaf meet, every level has a sibling; above
    that the path is the tree's right edge, which has siblings on the left only.
    """
    meeting = (index ^ (size - 1)).bit_length()
    below = [bool(index >> level & 1) for level in range(meeting)]
    return below + [True] * (index >> meeting).bit_count()


def _check_shape(hashes: Sequence[bytes], expected: int) -> None:
    if len(hashes) != expected:
        raise ProofError(f"The proof has not the {expected} hashes that these sizes call for.")
    if any(len(hashed) != HASH_BYTES for hashed in hashes):
        raise ProofError(f"A hash given for the proof is not {HASH_BYTES} bytes long.")
