from collections.abc import Iterator
from functools import cache
from hashlib import sha256

import pytest

from consent_ledger.transparency.merkle import (
    EMPTY_ROOT,
    CompactRange,
    MerkleError,
    leaf_hash,
    merkle_root,
)
from consent_ledger.transparency.merkle_proofs import (
    NodeHashes,
    ProofError,
    consistency_proof,
    inclusion_proof,
    nodes_over,
    verify_consistency,
)

# RFC 6962 itself has no vectors; these are Certificate Transparency's well-known eight leaves
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    ("6e340b9c", "a01d"),
    ("fac54203", "c125"),
    ("aeb6bcfe", "6e77"),
    ("d37ee418", "14b7"),
    ("4e3bbb1f", "64d4"),
    ("76e67dad", "87ef"),
    ("ddb89be4", "4c8c"),
    ("5dc9da79", "4328"),
]

# draft-ietf-plants-merkle-tree-certs-06, appendix C.1: leaf i is the byte i, trees up to 130
ACCUMULATED_SIZE = 130
ACCUMULATED_SUBTREES = "b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81"
ACCUMULATED_INCLUSION = "ac2a8f989e44d99e399db448050ff5f19757df53cfb716aa81015d3955d8163f"
ACCUMULATED_CONSISTENCY = "10fa99b37bf9bf9ffa26b412fbd98bd75363256d0b75d61bc4538b9c9c5a0a74"
ACCUMULATED_LEAVES = [leaf_hash(bytes([value])) for value in range(ACCUMULATED_SIZE)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_root_is_the_published_one(size: int) -> None:
    """The roots over the first 1 to 8 of the well-known leaves are the published ones."""
    root = merkle_root(map(leaf_hash, LEAVES[:size])).hex()

    assert (root[:8], root[-4:]) == ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    """RFC 6962 gives the empty tree the hash of the empty string."""
    expected = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

    assert expected == EMPTY_ROOT == CompactRange().root() == merkle_root([])


def test_every_subtree_to_130_leaves_has_the_published_hash() -> None:
    """The hashes of all subtrees of trees up to 130 leaves add up to the draft's figure."""
    lines = (f"[{start}, {end}) {root(start, end).hex()}\n" for start, end in subtrees(130))

    assert accumulated(lines) == ACCUMULATED_SUBTREES


def test_every_inclusion_proof_to_130_leaves_is_the_published_one() -> None:
    """All inclusion proofs in subtrees up to 130 leaves add up to the draft's figure."""
    lines = (
        proof_line(
            f"{at} [{start}, {end})", inclusion_proof(nodes(start, end), at - start, end - start)
        )
        for start, end in subtrees(130)
        for at in range(start, end)
    )

    assert accumulated(lines) == ACCUMULATED_INCLUSION


def test_every_consistency_proof_to_130_leaves_is_the_published_one() -> None:
    """All consistency proofs up to 130 leaves add up to the draft's figure."""
    lines = (
        proof_line(f"[{start}, {end}) {size}", subtree_consistency(start, end, 0, size))
        for size in range(ACCUMULATED_SIZE + 1)
        for start, end in subtrees(size)
    )

    assert accumulated(lines) == ACCUMULATED_CONSISTENCY


def accumulated(lines: Iterator[str]) -> str:
    """Hash the lines together, as the draft does."""
    return sha256("".join(lines).encode()).hexdigest()


def proof_line(start: str, proof: list[bytes]) -> str:
    """Write a proof on a line, as the draft does."""
    return " ".join([start, *(node.hex() for node in proof)]) + "\n"


def subtrees(size: int) -> Iterator[tuple[int, int]]:
    """Give all [start, end) that start at a multiple of their width rounded up to a power of 2."""
    for end in range(size + 1):
        for start in range(end + 1):
            if start == end or start % (1 << (end - start - 1).bit_length()) == 0:
                yield start, end


@cache
def root(start: int, end: int) -> bytes:
    """Return the root over some of the draft's leaves."""
    return merkle_root(ACCUMULATED_LEAVES[start:end])


@cache
def nodes(start: int, end: int) -> NodeHashes:
    """Return the node hashes over some of the draft's leaves."""
    return nodes_over(ACCUMULATED_LEAVES[start:end])


def subtree_consistency(start: int, end: int, low: int, high: int) -> list[bytes]:
    """Prove that [start, end) is in [low, high), from the bus's own proofs for [0, end)."""
    if start == end:
        return []
    if start == low:
        return consistency_proof(nodes(low, high), end - low, high - low)
    middle = low + (1 << ((high - low - 1).bit_length() - 1))
    if end <= middle:
        return [*subtree_consistency(start, end, low, middle), root(middle, high)]
    return [*subtree_consistency(start, end, middle, high), root(low, middle)]


def test_a_leaf_that_is_not_in_the_tree_has_no_proof() -> None:
    """Asking for the proof of a leaf behind the end, or before the start, is an error."""
    three = nodes(0, 3)

    with pytest.raises(MerkleError, match="no leaf 3"):
        inclusion_proof(three, 3, 3)
    with pytest.raises(MerkleError, match="no leaf -1"):
        inclusion_proof(three, -1, 3)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 3), (4, 3)])
def test_sizes_that_prove_nothing_are_refused(size1: int, size2: int) -> None:
    """There is no consistency from size 0, nor from a larger to a smaller tree."""
    with pytest.raises(MerkleError, match="no consistency proof"):
        consistency_proof(nodes(0, 4), size1, size2)
    with pytest.raises(ProofError, match="Nothing proves"):
        verify_consistency(size1, EMPTY_ROOT, size2, EMPTY_ROOT, [])


def test_an_appended_leaf_tells_which_subtrees_it_completes() -> None:
    """The fourth leaf completes itself, a pair and the four, the fifth itself alone."""
    tree = CompactRange()
    completed = [tree.append(hashed) for hashed in ACCUMULATED_LEAVES[:5]]

    assert completed[3] == ACCUMULATED_LEAVES[3] + root(2, 4) + root(0, 4)
    assert completed[4] == ACCUMULATED_LEAVES[4]


def test_a_tree_is_taken_up_where_it_was_left() -> None:
    """A tree from its stored state grows to the same root as one that was never stored."""
    tree = CompactRange()
    for hashed in ACCUMULATED_LEAVES[:77]:
        tree.append(hashed)
    resumed = CompactRange.from_bytes(tree.size, tree.to_bytes())
    for hashed in ACCUMULATED_LEAVES[77:]:
        resumed.append(hashed)

    assert resumed.size == 130
    assert resumed.root() == root(0, 130)


@pytest.mark.parametrize(
    ("size", "state"), [(1, b""), (0, bytes(32)), (3, bytes(63)), (-1, bytes(32))]
)
def test_a_state_that_is_not_of_its_size_is_refused(size: int, state: bytes) -> None:
    """A size with the wrong number of subtree roots is an error, not another tree."""
    with pytest.raises(MerkleError, match=f"A tree of {size} leaves"):
        CompactRange.from_bytes(size, state)
