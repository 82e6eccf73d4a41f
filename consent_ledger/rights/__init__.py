"""What a participant may ask for: who saw what, proof, a receipt, a copy, to be forgotten."""
