"""What is wrong with the rows of one table: the first by its entry, and how many there are."""

from collections.abc import Iterator

from consent_ledger.transparency.log_report import Fault, LogPart


class Findings:
    """Collects what is wrong with one table; a message names entries, and never a person."""

    def __init__(self, rows: str) -> None:
        self._rows = rows
        self._first: tuple[int, str] | None = None
        self._count = 0

    def add(self, seq: int, reason: str) -> None:
        """Note a row that the entry `seq` speaks of, or that speaks of it."""
        self._count += 1
        if self._first is None or seq < self._first[0]:
            self._first = seq, reason

    def faults(self) -> Iterator[Fault]:
        """Give one fault, where anything is wrong."""
        if self._first is not None:
            seq, reason = self._first
            more = f" ({self._count:,} in all)" if self._count > 1 else ""
            message = f"Entry {seq} and the {self._rows}: {reason}{more}."
            yield Fault(LogPart.TABLE, seq, seq, message)
