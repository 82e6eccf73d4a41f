"""Who was erased, kept outside the database: a restored backup does not know it.

A line is a keyed code of a passport number, or of a reference under which a provider knew the
person: without the bus's pepper it identifies nobody.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from schemas.derivation import derived_token
from schemas.identifiers import PassportNumber

_REFERENCE: Final = "reference:"


class SuppressionList:
    """The file `erased` in the home folder. Lines are added, never taken away."""

    def __init__(self, home: Path, pepper: bytes) -> None:
        self._file = home / "erased"
        self._pepper = pepper

    def add(self, participant_id: PassportNumber, references: Iterable[bytes]) -> None:
        """Add a person, with the digests of their references; on return it is on the disk."""
        codes = [self.code(participant_id), *(_REFERENCE + digest.hex() for digest in references)]
        present = self._codes()
        new = [code for code in codes if code not in present]
        if not new:
            return
        opened = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as stream:
            stream.write("".join(f"{code}\n" for code in new))
            stream.flush()
            os.fsync(stream.fileno())

    def __contains__(self, participant_id: PassportNumber) -> bool:
        return self.code(participant_id) in self._codes()

    def is_empty(self) -> bool:
        """Return whether nobody was ever erased."""
        return not self._codes()

    def among(self, participant_ids: list[PassportNumber]) -> list[PassportNumber]:
        """Return the numbers that are on the list."""
        codes = self._codes()
        return [number for number in participant_ids if self.code(number) in codes]

    def references(self) -> list[bytes]:
        """Return the digests of all references on the list."""
        return [
            bytes.fromhex(code.removeprefix(_REFERENCE))
            for code in sorted(self._codes())
            if code.startswith(_REFERENCE)
        ]

    def code(self, participant_id: PassportNumber) -> str:
        """Return the keyed code of a passport number."""
        return derived_token(self._pepper, "erased", participant_id).hex()

    def _codes(self) -> frozenset[str]:
        try:
            return frozenset(self._file.read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()
