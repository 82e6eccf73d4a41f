"""What waits for a tray's next batch: missing until then, or as an earlier revision was."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from consent_ledger.audit.terms import BLOCKS
from schemas.codec import decode
from schemas.identifiers import EventId, PassportNumber

_Place = tuple[bytes, int]


class WaitingPlaces:
    """What may stand in a tray until its next batch, and what does stand there.

    Such places are few: those that waited since the last batch. `events` has whose they are,
    `permitted` what may stand there, `seen` what does as far as it was looked at.
    """

    def __init__(self) -> None:
        self.events: dict[bytes, tuple[PassportNumber, EventId]] = {}
        self.permitted: dict[_Place, Sequence[bytes]] = {}
        self.seen: dict[_Place, bytes | None] = {}

    def __bool__(self) -> bool:
        return bool(self.permitted)

    def add(
        self,
        key: bytes,
        partition: int,
        values: Sequence[bytes],
        event: tuple[PassportNumber, EventId],
    ) -> None:
        """Let one of these values, or less of it, stand in a place until the next batch."""
        self.events[key] = event
        self.permitted[key, partition] = values

    def take_in(self, other: "WaitingPlaces") -> None:
        """Add the places of another share of the people, or what another one saw in them."""
        self.events.update(other.events)
        self.permitted.update(other.permitted)
        self.seen.update(other.seen)

    def see(self, key: bytes, partition: int, value: bytes | None) -> None:
        """Note what stands in a place after one more record of the tray."""
        if (key, partition) in self.permitted:
            self.seen[key, partition] = value

    @cached_property
    def rightly_held(self) -> frozenset[_Place]:
        """The places that hold what may stand there, once the whole tray was seen.

        It may show less than the values it is compared with, and no more: then it is a surplus.
        """
        return frozenset(
            place
            for place, value in self.seen.items()
            if value is not None and _may_stand(decode(value), map(decode, self.permitted[place]))
        )


def _may_stand(shown: dict[str, Any], permitted: Iterable[dict[str, Any]]) -> bool:
    return any(
        all(
            value == revision[name] or (name in BLOCKS and value is None)
            for name, value in shown.items()
        )
        for revision in permitted
    )
