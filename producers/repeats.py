"""Which values of a file come more than once: noted in one pass, asked in the next.

Memory holds a short fingerprint for each value, never the value.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Repeats:
    """Which values came more than once."""

    _seen: set[int] = field(default_factory=set)
    _again: set[int] = field(default_factory=set)

    def add(self, value: Hashable) -> None:
        """Note one occurrence."""
        mark = fingerprint(value)
        (self._again if mark in self._seen else self._seen).add(mark)

    def has_seen(self, mark: int) -> bool:
        """Return whether the value with this fingerprint came at all."""
        return mark in self._seen

    def also_in(self, other: "Repeats") -> None:
        """Note as repeated what another has seen, too."""
        self._again.update(filter(other.has_seen, self._seen))

    def __contains__(self, value: Hashable) -> bool:
        return fingerprint(value) in self._again

    def forget_the_rest(self) -> None:
        """Keep only what repeats: call it once all have been added."""
        self._seen.clear()


def fingerprint(value: Hashable) -> int:
    """Return a hash of 8 bytes, another one in each process: it is kept while a file is read."""
    return hash(value)
