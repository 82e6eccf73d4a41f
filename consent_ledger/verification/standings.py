"""How participants stand towards agreements, against the last entry that says so."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from consent_ledger.ledger.entries import EntryKind, salted_digests
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.people import PeopleCheck
from consent_ledger.verification.table_rows import StandingRow
from schemas.categories import Category, Mask, mask_of


class _StatedStanding(NamedTuple):
    """What an entry says of a participant and an agreement."""

    seq: int
    granted: list[str]
    until: str | None
    excluded: list[str]
    is_informed: bool
    has_objected: bool


class StandingsCheck:
    """A standing is exactly what its entry says, and is gone with an erasure."""

    def __init__(self, people: PeopleCheck) -> None:
        self._people = people
        self._said: dict[str, dict[str, _StatedStanding]] = {}
        self._findings = Findings("standings")

    def take(self, seq: int, entry: dict[str, Any]) -> None:
        """Take what an entry says; KeyError where it lacks something."""
        if "granted" in entry:
            self._said.setdefault(entry["subject"], {})[entry["agreement"]] = _StatedStanding(
                seq,
                entry["granted"],
                entry["until"],
                entry["except"],
                entry["informed"],
                entry["objected"],
            )
        elif entry["kind"] == EntryKind.ERASED:
            self._said.pop(entry["subject"], None)

    def finish(self, rows: Iterable[StandingRow]) -> Iterator[Fault]:
        """Hold every standing against what was said last."""
        for row in rows:
            pseudonym = self._people.pseudonym_of(row.participant_id)
            said = self._said.get(pseudonym or "", {}).pop(row.agreement_id, None)
            if pseudonym is None or said is None:
                self._findings.add(row.seq, "there is one that no entry gives")
            elif not self._is_as(row, said, pseudonym):
                self._findings.add(said.seq, "one says other than the entry")
        for held in self._said.values():
            for said in held.values():
                self._findings.add(said.seq, "one is not there")
        yield from self._findings.faults()

    def _is_as(self, row: StandingRow, said: _StatedStanding, pseudonym: str) -> bool:
        who = self._people.row_of(pseudonym)
        salt = who.salt if who else None
        return (
            row.seq == said.seq
            and row.granted == _mask(tuple(said.granted))
            and row.until == (datetime.fromisoformat(said.until) if said.until else None)
            and salt is not None
            and salted_digests(salt, row.excluded) == said.excluded
            and row.is_informed == said.is_informed
            and row.has_objected == said.has_objected
        )


@lru_cache(maxsize=4096)  # most grants are of the same few combinations
def _mask(categories: tuple[str, ...]) -> Mask:
    return mask_of(map(Category, categories))
