import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.transparency.merkle import CompactRange, leaf_hash, merkle_root, node_hash
from consent_ledger.transparency.merkle_proofs import (
    ProofError,
    consistency_proof,
    inclusion_proof,
    nodes_over,
    verify_consistency,
    verify_inclusion,
)

LEAF_HASHES = st.lists(st.binary(max_size=8), min_size=1, max_size=80).map(
    lambda leaves: [leaf_hash(leaf) for leaf in leaves]
)


def naive_root(hashes: list[bytes]) -> bytes:
    """Follow the definition of RFC 6962 section 2.1 word for word."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(naive_root(hashes[:split]), naive_root(hashes[split:]))


def with_a_bit_flipped(hashes: list[bytes], bit: int) -> list[bytes]:
    """Return the hashes with one bit of them all turned over."""
    joined = bytearray(b"".join(hashes))
    joined[bit // 8] ^= 1 << bit % 8
    return [bytes(joined[at : at + 32]) for at in range(0, len(joined), 32)]


@given(LEAF_HASHES, st.data())
def test_a_growing_tree_has_the_root_of_the_definition(
    hashes: list[bytes], data: st.DataObject
) -> None:
    """However a tree is interrupted and resumed, its root is that of the recursive definition."""
    pause = data.draw(st.integers(0, len(hashes)))
    tree = CompactRange()
    for hashed in hashes[:pause]:
        tree.append(hashed)
    tree = CompactRange.from_bytes(tree.size, tree.to_bytes())
    for hashed in hashes[pause:]:
        tree.append(hashed)

    assert tree.root() == naive_root(hashes) == merkle_root(hashes)


@given(LEAF_HASHES, st.data())
def test_every_inclusion_proof_verifies_and_no_altered_one_does(
    hashes: list[bytes], data: st.DataObject
) -> None:
    """A proof holds for its leaf, index, size and root; a flipped bit anywhere breaks it."""
    size = len(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(nodes_over(hashes), index, size)
    whole = [hashes[index], naive_root(hashes), *proof]

    verify_inclusion(whole[0], index, size, whole[2:], whole[1])

    altered = with_a_bit_flipped(whole, data.draw(st.integers(0, len(whole) * 256 - 1)))
    with pytest.raises(ProofError):
        verify_inclusion(altered[0], index, size, altered[2:], altered[1])


@given(LEAF_HASHES, st.data())
def test_every_consistency_proof_verifies_and_no_altered_one_does(
    hashes: list[bytes], data: st.DataObject
) -> None:
    """A proof holds for its sizes and roots; a flipped bit anywhere breaks it."""
    size2 = len(hashes)
    size1 = data.draw(st.integers(1, size2))
    proof = consistency_proof(nodes_over(hashes), size1, size2)
    whole = [naive_root(hashes[:size1]), naive_root(hashes), *proof]

    verify_consistency(size1, whole[0], size2, whole[1], whole[2:])

    altered = with_a_bit_flipped(whole, data.draw(st.integers(0, len(whole) * 256 - 1)))
    with pytest.raises(ProofError):
        verify_consistency(size1, altered[0], size2, altered[1], altered[2:])


@given(LEAF_HASHES, st.data())
def test_a_proof_of_the_wrong_length_is_refused(hashes: list[bytes], data: st.DataObject) -> None:
    """A hash too many or too few is refused, wherever it stands."""
    size2 = len(hashes)
    index = data.draw(st.integers(0, size2 - 1))
    root1, root2 = naive_root(hashes[: index + 1]), naive_root(hashes)
    inclusion = inclusion_proof(nodes_over(hashes), index, size2)
    consistency = consistency_proof(nodes_over(hashes), index + 1, size2)

    for wrong in ([*inclusion, root2], [root2, *inclusion], inclusion[:-1], inclusion[1:]):
        if wrong != inclusion:
            with pytest.raises(ProofError):
                verify_inclusion(hashes[index], index, size2, wrong, root2)
    for wrong in ([*consistency, root2], [root1, *consistency], consistency[:-1], consistency[1:]):
        if wrong != consistency:
            with pytest.raises(ProofError):
                verify_consistency(index + 1, root1, size2, root2, wrong)
