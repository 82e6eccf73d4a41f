"""Participants against what the entries say: registered, merged, erased."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings
from schemas.identifiers import PassportNumber

_ABOUT_PEOPLE: Final = frozenset(
    {EntryKind.REGISTERED, EntryKind.MERGED, EntryKind.UNMERGED, EntryKind.ERASED}
)


@dataclass(slots=True)
class _StatedPerson:
    """What the entries say of a participant; `into` is another's pseudonym."""

    registered: int
    is_erased: bool = False
    into: str | None = None
    named_seq: int | None = None


class PeopleCheck:
    """The participants, by the pseudonym that is in the leaves.

    Which number has which pseudonym no entry says: it must be gone after an erasure.
    """

    def __init__(self, rows: Iterable[ParticipantRow]) -> None:
        self._rows = {str(row.ledger_id): row for row in rows if row.ledger_id is not None}
        self._pseudonyms = {row.participant_id: name for name, row in self._rows.items()}
        self._said: dict[str, _StatedPerson] = {}
        self._findings = Findings("participants")

    def row_of(self, pseudonym: str) -> ParticipantRow | None:
        """Return whose pseudonym it is; None once the person is erased."""
        return self._rows.get(pseudonym)

    def pseudonym_of(self, participant_id: PassportNumber) -> str | None:
        """Return the pseudonym of a number."""
        return self._pseudonyms.get(participant_id)

    def salt_of(self, pseudonym: str) -> bytes | None:
        """Return the salt of the person with a pseudonym; None once they are being erased."""
        row = self._rows.get(pseudonym)
        return row.salt if row else None

    def is_erased(self, pseudonym: str) -> bool:
        """Return whether an entry erases the person."""
        said = self._said.get(pseudonym)
        return said is not None and said.is_erased

    @property
    def anybody_erased(self) -> bool:
        """Whether an entry erases anybody."""
        return any(said.is_erased for said in self._said.values())

    def take(self, seq: int, entry: dict[str, Any]) -> None:
        """Take what an entry says; KeyError where it lacks something."""
        kind = entry["kind"]
        if kind not in _ABOUT_PEOPLE:
            return
        if kind == EntryKind.REGISTERED:
            self._said[entry["subject"]] = _StatedPerson(seq)
            return
        said = self._said[entry["subject"]]
        if kind == EntryKind.ERASED:
            said.is_erased = True
        elif kind == EntryKind.MERGED or "agreement" not in entry:
            said.into, said.named_seq = entry.get("into"), seq

    def finish(self, size: int) -> Iterator[Fault]:
        """Hold every participant against what was said; `size` is that of the log."""
        for pseudonym, said in self._said.items():
            row = self._rows.get(pseudonym)
            if row is not None:
                self._compare(row, said)
            elif not said.is_erased:
                self._findings.add(said.registered, "nobody has the pseudonym, or is not erased")
        for pseudonym in self._rows.keys() - self._said.keys():
            del pseudonym  # it is nobody's business
            self._findings.add(size, "no entry before it registers somebody who is there")
        yield from self._findings.faults()

    def _compare(self, row: ParticipantRow, said: _StatedPerson) -> None:
        if row.state != ("erasing" if said.is_erased else "active"):
            self._findings.add(said.registered, "an erasure is in one of the two alone")
        into = self._rows.get(said.into) if said.into else None
        expected = into.participant_id if into else None, said.named_seq
        if (row.merged_into, row.named_seq) != expected:
            seq = said.registered if said.named_seq is None else said.named_seq
            self._findings.add(seq, "a number is merged otherwise than the entries say")
