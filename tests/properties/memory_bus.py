"""A whole bus in memory, for properties: the production filter, consent and ledger code."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from consent_ledger.agreements.agreement import Agreement
from schemas.identifiers import PassportNumber
from tests.histories import cast
from tests.support.bus import AnyBus
from tests.support.memory.ground import MemoryGround


class MemoryBus(AnyBus):
    """Agreements in force, people who were registered, a filter that runs when it is told to.

    No tick stands in its trays: they hold records of people alone.
    """

    ground: MemoryGround

    def __init__(self, agreements: Sequence[Agreement], people: Iterable[PassportNumber]) -> None:
        super().__init__(MemoryGround(), tick_every=timedelta(days=9_999))
        self.set_up(agreements, cast.directory())
        self.add_people(people)
