"""Who was erased, kept outside the database: a restored backup does not know it.

A line is a keyed code of a passport number, or of a reference under which a provider knew the
person: without the bus's pepper it names nobody and confirms nobody.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from schemas.identifiers import PassportNumber, derived_token

_REFERENCE: Final = "reference:"


class SuppressionList:
    """The file `erased` in the home folder. Lines are added, never taken away."""

    def __init__(self, home: Path, pepper: bytes) -> None:
        self._file = home / "erased"
        self._pepper = pepper

    def add(self, participant_id: PassportNumber, references: Iterable[bytes]) -> None:
        """Add somebody, with the digests of their references; on return it is on the disk."""
        codes = [self.code(participant_id), *(_REFERENCE + one.hex() for one in references)]
        there = self._codes()
        new = [one for one in codes if one not in there]
        if not new:
            return
        opened = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as stream:
            stream.write("".join(f"{one}\n" for one in new))
            stream.flush()
            os.fsync(stream.fileno())

    def __contains__(self, participant_id: PassportNumber) -> bool:
        return self.code(participant_id) in self._codes()

    def is_empty(self) -> bool:
        """Tell whether nobody was ever erased."""
        return not self._codes()

    def among(self, participant_ids: list[PassportNumber]) -> list[PassportNumber]:
        """Return those of them that are on the list."""
        codes = self._codes()
        return [one for one in participant_ids if self.code(one) in codes]

    def references(self) -> list[bytes]:
        """Return the digests of all references on the list."""
        return [
            bytes.fromhex(one.removeprefix(_REFERENCE))
            for one in sorted(self._codes())
            if one.startswith(_REFERENCE)
        ]

    def code(self, participant_id: PassportNumber) -> str:
        """Return the keyed code that stands on the list for a passport number."""
        return derived_token(self._pepper, "erased", participant_id).hex()

    def _codes(self) -> frozenset[str]:
        try:
            return frozenset(self._file.read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()
