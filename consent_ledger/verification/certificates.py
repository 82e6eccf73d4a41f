"""Certificates of erasures, against the digests that the ledger states."""

from collections.abc import Iterable, Iterator
from typing import Any

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.rights.kept_certificates import certificate_digest
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.table_rows import CertificateRow


class CertificatesCheck:
    """What a certificate says is what was entered when it was made, or made again, last."""

    def __init__(self) -> None:
        self._said: dict[int, tuple[int, str]] = {}
        self._found = Findings("certificates of erasures")

    def take(self, seq: int, entry: dict[str, Any]) -> None:
        """Take what an entry says of a certificate; KeyError where it lacks something."""
        if entry["kind"] == EntryKind.CERTIFIED:
            self._said[entry["erasure"]] = seq, entry["digest"]

    def finish(self, rows: Iterable[CertificateRow]) -> Iterator[Fault]:
        """Hold every certificate that was made against what was said of it last."""
        for row in rows:
            seq, digest = self._said.pop(row.seq, (row.seq, None))
            if row.body is None:
                if digest is not None:
                    self._found.add(seq, "one that was made is owed again")
            elif digest is None:
                self._found.add(seq, "there is one that no entry speaks of")
            elif certificate_digest(row.body) != digest:
                self._found.add(seq, "one says other than when it was made")
        for seq, _ in self._said.values():
            self._found.add(seq, "one is not there")
        yield from self._found.faults()
