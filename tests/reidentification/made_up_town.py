"""The demo's people on a bus in memory, from the first event to erasures: what readers see of it.

Every event is taken as it comes, in a turn of its own, as on a bus that runs; the college's return
comes at once. Who is who stands beside the trays: the attack is not shown it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.changes import Notice
from consent_ledger.redaction.redactor import Redactor
from consent_ledger.rights.erasure import record_erasure
from deploy.demo.people.dice import dice
from deploy.demo.people.history import history
from deploy.demo.people.ilr_return import write_return
from deploy.demo.people.person import people
from deploy.demo.people.places import borough_of
from deploy.demo.story.choices import NOTICE, choices
from producers.ilr.handed_in import open_return
from producers.ilr.importer import IlrImporter
from schemas.categories import NOTHING
from schemas.codec import decode, encode, walk
from schemas.events import Event
from schemas.identifiers import AgreementId, PassportNumber, ProviderId
from schemas.trays import TrayRecord
from tests.histories.cast import numbers
from tests.support.bus import SHIPPED_AGREEMENTS, SHIPPED_SERVICES, AnyBus
from tests.support.bus_settings import PEPPER
from tests.support.ilr.hub import DOOR_KEY, MemoryPublisher, MemoryRegistrar, MemorySnapshots
from tests.support.memory.ground import MemoryGround

PEOPLE: Final = 400
ERASURES: Final = 30
COLLEGE: Final = ProviderId("college-c")
SEED: Final = 7
SERVICES: Final = frozenset(service.id for service in SHIPPED_SERVICES.services)


class MadeUpTown:
    """What came in every tray; `before` the erasures, and in the end."""

    def __init__(self, folder: Path) -> None:
        self.agreements: Final[Mapping[AgreementId, Agreement]] = {
            one.id: one for one in SHIPPED_AGREEMENTS
        }
        self.numbers: Final[Sequence[PassportNumber]] = list(islice(numbers(1), PEOPLE))
        self._events = _events(folder, self.numbers)
        self._bus = AnyBus(MemoryGround())
        self._live()
        self.before: Final = self._trays()
        self._erase_some()
        self.after: Final = self._trays()

    def owners(self, agreement_id: AgreementId) -> dict[str, str]:
        """Return whose each name in a tray is."""
        redactor = Redactor(self.agreements[agreement_id], PEPPER, SERVICES)
        found: dict[str, str] = {}
        for event in self._events:
            shown = redactor.value(walk(encode(event)), NOTHING, event.participant_id)
            found[decode(shown)["participant_id"]] = event.participant_id
        return found

    def _live(self) -> None:
        bus = self._bus
        bus.clock.now = self._events[0].recorded_at - timedelta(days=1)
        bus.set_up(SHIPPED_AGREEMENTS, SHIPPED_SERVICES)
        bus.add_people(self.numbers)
        for place, number in enumerate(self.numbers):
            self._ask(place, number)
        bus.turn()
        at_once: list[Event] = []
        for event in self._events:
            if event.provider_id == COLLEGE and event.source and event.source.system == "ilr":
                at_once.append(event)
                continue
            bus.clock.now = max(bus.clock.now + timedelta(seconds=1), event.recorded_at)
            bus.publish(event)
            bus.turn()
        bus.publish(*at_once)
        bus.turn()
        self._wait()

    def _ask(self, place: int, number: PassportNumber) -> None:
        chance = dice(SEED, "choices", str(place))
        if chance.random() < 0.5:
            self._bus.enter(Notice(number=number, agreement=NOTICE))
        providers = [provider.id for provider in SHIPPED_SERVICES.providers]
        for one in choices(chance, dict(self.agreements), providers):
            self._bus.grant(number, one.agreement_id, *one.categories, excluded=one.excluded)

    def _erase_some(self) -> None:
        known = sorted({event.participant_id for event in self._events})
        for number in known[:ERASURES]:
            self._bus.clock.go_on(timedelta(minutes=7))
            with self._bus.ground.begin() as tx:
                record_erasure(tx, number, self._bus.vault)
            self._bus.turn()
        self._wait()

    def _wait(self) -> None:
        """Let every batch be released."""
        self._bus.clock.go_on(timedelta(days=100))
        self._bus.turn()

    def _trays(self) -> dict[AgreementId, list[TrayRecord]]:
        return {one: self._bus.records(one) for one in self.agreements}


def _events(folder: Path, passports: Sequence[PassportNumber]) -> list[Event]:
    """Return everything that is published of the people, in the order of its coming."""
    everybody = people(PEOPLE)
    told = [
        event
        for person, number in zip(everybody, passports, strict=True)
        for event in history(person, number)
    ]
    path = write_return(
        folder,
        everybody,
        ukprn="10000003",
        passports={one.number: passports[one.number - 1] for one in everybody},
    )
    publisher = MemoryPublisher()
    importer = IlrImporter(
        COLLEGE,
        DOOR_KEY,
        MemoryRegistrar(issued=set(passports)),
        MemorySnapshots(),
        lambda: max(event.recorded_at for event in told),
        {10000003: COLLEGE},
        borough_of=borough_of,
    )
    with open_return(path) as file:
        importer.run(file, publisher)
    told.sort(key=lambda event: event.recorded_at)
    return told + publisher.events
