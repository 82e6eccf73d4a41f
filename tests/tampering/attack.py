"""What an attack on a copy of a ledger is, and what verification must say of it."""

import random
from collections.abc import Callable
from typing import Final, NamedTuple

from consent_ledger.transparency.log_report import LogPart, LogReport
from tests.tampering.copy_of_ledger import LedgerCopy
from tests.tampering.honest_history import HonestHistory


class Wanted(NamedTuple):
    """What must be named: the first `bad` one, within no wider a range than can be known."""

    part: LogPart
    bad: int
    first: int
    last: int

    def is_named(self, report: LogReport) -> bool:
        """Tell whether the first fault of the part names it."""
        named = [fault for fault in report.faults if fault.part is self.part]
        if not named:
            return False
        fault = min(named, key=lambda one: one.first)
        return self.first <= fault.first <= self.bad <= fault.last <= self.last


class Target:
    """A copy that is about to be tampered with, and who holds which checkpoint of its history."""

    def __init__(self, history: HonestHistory, chance: random.Random) -> None:
        self.history = history
        self.random = chance
        self.copy: LedgerCopy = history.copy.copy()
        self.outside_size, self.outside = chance.choice(self.copy.checkpoints)
        self.trusted = history.signers(self.outside_size)[-1].verifier_key

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.copy.entries)

    def any_entry(self, below: int | None = None) -> int:
        """Return any entry."""
        return self.random.randrange(self.size if below is None else below)

    def another(self, leaf: bytes) -> bytes:
        """Return a leaf like this one that says something else."""
        day = b"2%03d" % self.random.randrange(1000)
        at = leaf.index(b'"at":"') + 6
        return leaf[:at] + (b"1" + day[1:] if leaf[at : at + 4] == day else day) + leaf[at + 4 :]


Attack = Callable[[Target], Wanted | None]
"""Tampers with the target's copy; None where that history has nothing to be attacked so."""

ATTACKS: Final[dict[str, Attack]] = {}
"""Every class of attack, by its name."""


def attack(method: Attack) -> Attack:
    """Enter a class of attack under its function's name."""
    ATTACKS[method.__name__.replace("_", " ")] = method
    return method


def exactly(part: LogPart, bad: int) -> Wanted:
    """Want one entry named and no other."""
    return Wanted(part, bad, bad, bad)


def between_checkpoints(target: Target, bad: int, *, moves: bool = False) -> Wanted:
    """Want what the signed roots before and after a bad entry can tell.

    Where an entry that changes the key is not what it was, or `moves` to another place, nobody
    knows who had to sign what: then only some of the roots can.
    """
    history = target.history
    sizes = history.sizes
    before = max((size for size in sizes if size <= bad), default=0)
    after = min((size for size in sizes if size > bad), default=bad + 1)
    if any(one.seq == bad or (moves and one.seq > bad) for one in history.key_changes):
        before, after = 0, len(history.copy.entries)
    return Wanted(LogPart.ENTRY, bad, before, after - 1)
