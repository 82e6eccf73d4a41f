"""Pairs of numbers that are said to be two people's, against the entries that say so."""

from collections.abc import Iterable, Iterator
from typing import Any

from consent_ledger.consent.telling_apart import pair_digest
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.passport_numbers import in_order
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings
from consent_ledger.verification.people import PeopleCheck
from consent_ledger.verification.table_rows import TwoPeopleRow


class TwoPeopleCheck:
    """No pair is told apart but by an entry: else nobody would be asked about one person of two.

    A row that is missing is not found: then somebody is asked once more.
    """

    def __init__(self, people: PeopleCheck) -> None:
        self._people = people
        self._merged: dict[str, str] = {}
        self._pairs: dict[int, str] = {}
        self._parted: dict[int, tuple[str, str | None]] = {}
        self._findings = Findings("pairs of people")

    def take(self, seq: int, entry: dict[str, Any]) -> None:
        """Take what an entry says; KeyError where it lacks something."""
        kind = entry["kind"]
        if kind == EntryKind.TOLD_APART:
            self._pairs[seq] = entry["pair"]
        elif kind == EntryKind.MERGED:
            self._merged[entry["subject"]] = entry["into"]
        elif kind == EntryKind.UNMERGED and "agreement" not in entry:
            self._parted[seq] = entry["subject"], self._merged.pop(entry["subject"], None)

    def finish(self, rows: Iterable[TwoPeopleRow]) -> Iterator[Fault]:
        """Hold every pair against its entry."""
        for row in rows:
            if not self._is_said(row):
                self._findings.add(row.seq, "no entry tells these two apart")
        yield from self._findings.faults()

    def _is_said(self, row: TwoPeopleRow) -> bool:
        pair = in_order(row.participant_id, row.other_id)
        names = [self._people.pseudonym_of(number) or "" for number in pair]
        if row.seq in self._parted:
            return {*names} == {*self._parted[row.seq]}
        salts = [self._people.salt_of(name) or b"" for name in names]
        return self._pairs.get(row.seq) == pair_digest(pair, salts)
