"""Turns that were cut short, or are not entered yet, against the entries about disclosures."""

from collections.abc import Iterable, Iterator
from typing import Any

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.transparency.log_report import Fault
from consent_ledger.verification.findings import Findings


class TurnsCheck:
    """A turn is cut short where its entry says so: otherwise what was sent would count as unsure.

    A turn waits to be entered only as long as no entry speaks of it.
    """

    def __init__(self, aborted: Iterable[int], unentered: Iterable[int]) -> None:
        self._aborted = set(aborted)
        self._unentered = set(unentered)
        self._found = Findings("turns that were cut short")
        self._found_waiting = Findings("turns that wait to be entered")

    def take(self, seq: int, entry: dict[str, Any]) -> None:
        """Hold what an entry says of a turn; KeyError where it lacks something."""
        if entry["kind"] != EntryKind.DISCLOSED:
            return
        if (entry["turn"] in self._aborted) is entry["certain"]:
            self._found.add(seq, "the turn is among them in one of the two alone")
        if entry["turn"] in self._unentered:
            self._found_waiting.add(seq, "the turn is among them")

    def finish(self) -> Iterator[Fault]:
        """Give what was found."""
        yield from self._found.faults()
        yield from self._found_waiting.faults()
