"""The transparency log: a Merkle tree over bytes, signed checkpoints, proofs. It knows no entry."""
