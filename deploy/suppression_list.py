"""Who was erased, kept outside the database: a restored backup does not know it.

A line is a keyed code: without the bus's pepper it names nobody and confirms nobody.
"""

import os
from pathlib import Path

from schemas.identifiers import derived_token


class SuppressionList:
    """The file `erased` in the home folder. Lines are added, never taken away."""

    def __init__(self, home: Path, pepper: bytes) -> None:
        self._file = home / "erased"
        self._pepper = pepper

    def add(self, participant_id: str) -> None:
        """Add somebody, once; on return it is on the disk."""
        if participant_id in self:
            return
        opened = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as stream:
            stream.write(self._code(participant_id) + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    def __contains__(self, participant_id: str) -> bool:
        return self._code(participant_id) in self._codes()

    def among(self, participant_ids: list[str]) -> list[str]:
        """Return those of them that are on the list."""
        codes = self._codes()
        return [one for one in participant_ids if self._code(one) in codes] if codes else []

    def _codes(self) -> frozenset[str]:
        try:
            return frozenset(self._file.read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()

    def _code(self, participant_id: str) -> str:
        return derived_token(self._pepper, "erased", participant_id).hex()
