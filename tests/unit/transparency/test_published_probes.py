"""Proofs of RFC 6962, good and malicious, that transparency-dev/merkle published as test data."""

import base64
import json
from pathlib import Path
from typing import Any

from consent_ledger.transparency.merkle_proofs import (
    ProofError,
    verify_consistency,
    verify_inclusion,
)


def test_every_published_probe_is_judged_as_it_says(shared_data: Path) -> None:
    """Every file of good and malicious proofs is read, and refused exactly where wantErr says."""
    folder = shared_data / "tlog"
    judged = {
        path.relative_to(folder): (is_refused(probe := json.loads(path.read_text())), probe)
        for path in folder.rglob("*")
        if path.is_file()
    }

    wrong = [path for path, (refused, probe) in judged.items() if refused != probe["wantErr"]]

    assert wrong == []
    assert {(path.parts[0], probe["wantErr"]) for path, (_, probe) in judged.items()} == {
        (kind, wanted) for kind in ("consistency", "inclusion") for wanted in (True, False)
    }


def is_refused(probe: dict[str, Any]) -> bool:
    """Verify a probe's proof and say whether that failed."""

    def hashed(name: str) -> bytes:
        return base64.b64decode(probe[name])

    proof = [base64.b64decode(one) for one in probe["proof"] or []]
    try:
        if "leafIdx" in probe:
            at, size = probe["leafIdx"], probe["treeSize"]
            verify_inclusion(hashed("leafHash"), at, size, proof, hashed("root"))
        else:
            size1, size2 = probe["size1"], probe["size2"]
            verify_consistency(size1, hashed("root1"), size2, hashed("root2"), proof)
    except ProofError:
        return True
    return False
