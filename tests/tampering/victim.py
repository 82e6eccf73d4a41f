"""A bus in memory to be attacked: one person's three events stand in every tray, one corrected."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from consent_ledger.audit.differences import DifferenceKind, WrongPart
from consent_ledger.filter.records import Header
from consent_ledger.journal.disclosures import NewDisclosure
from consent_ledger.journal.journal import JournalRow
from schemas.identifiers import AgreementId, EventId, PassportNumber, TopicName, new_passport_number
from schemas.trays import out_tray
from tests.support.bus import SHIPPED_AGREEMENTS, SHIPPED_SERVICES, AnyBus
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_events
from tests.support.fakes import StoredRecord
from tests.support.memory.ground import MemoryGround

SUPPORT: Final = AgreementId("borough-d.support")
STATISTICS: Final = AgreementId("hub.statistics")


class Named(NamedTuple):
    """What the audit must say, once, and nothing else."""

    place: WrongPart
    kind: DifferenceKind
    what: tuple[str, ...] = ()


@dataclass
class Victim:
    """A bus at rest."""

    bus: AnyBus
    ground: MemoryGround
    number: PassportNumber

    def record(self, agreement_id: AgreementId) -> tuple[TopicName, StoredRecord]:
        """Return a record that stands in an agreement's tray."""
        topic = out_tray(agreement_id)
        held = {one.key: one for one in self.bus.broker.read(topic)}
        return topic, next(one for one in held.values() if one.value is not None)

    def forge(self, agreement_id: AgreementId = SUPPORT, *, by: int = 0, **changes: Any) -> None:
        """Write a record of a tray again, changed, in its partition or `by` further."""
        topic, record = self.record(agreement_id)
        forged = record._replace(**changes)
        partition = (forged.partition + by) % PARTITIONS
        self.bus.broker.append(topic, partition, forged.key, forged.value, forged.headers)

    def forge_header(self, name: str, *texts: bytes, agreement_id: AgreementId = SUPPORT) -> None:
        """Write a record again with a header of these texts: none, one, or several."""
        _, record = self.record(agreement_id)
        headers: list[Header] = [header for header in record.headers if header[0] != name]
        self.forge(agreement_id, headers=[*headers, *((name, text) for text in texts)])

    @property
    def corrected(self) -> dict[int, JournalRow]:
        """The rows of the event that has two revisions, by revision."""
        return next(rows for rows in self.ground.database.journal.values() if len(rows) > 1)

    def change_row(self, revision: int = 2, **changes: Any) -> None:
        """Change columns of a row of the journal."""
        rows = self.corrected
        rows[revision] = replace(rows[revision], **changes)

    def disclosures(self, agreement_id: AgreementId) -> list[tuple[int, NewDisclosure]]:
        """Return the disclosures of an event, the last of which is of this agreement."""
        for rows in self.ground.database.disclosures.values():
            of_agreement = [row for row in rows if row[1].agreement_id == agreement_id]
            rows[:] = [*(row for row in rows if row not in of_agreement), *of_agreement]
        return next(iter(self.ground.database.disclosures.values()))

    def change_disclosure(self, agreement_id: AgreementId = SUPPORT, **changes: Any) -> None:
        """Change the last disclosure of an event under an agreement."""
        rows = self.disclosures(agreement_id)
        turn, row = rows[-1]
        rows[-1] = turn, replace(row, **changes)

    def event_ids(self) -> list[EventId]:
        """Return the events that are in the journal."""
        return [event_id for _, event_id in self.ground.database.journal]


Attack = Callable[[Victim], Named]
ATTACKS_ON_A_BUS: Final[dict[str, Attack]] = {}
"""Every class of attack, by its name."""


def attack(method: Attack) -> Attack:
    """Enter a class of attack under its function's name."""
    ATTACKS_ON_A_BUS[method.__name__.replace("_", " ")] = method
    return method


def new_victim() -> Victim:
    """Return a bus that nobody has attacked yet."""
    ground = MemoryGround()
    bus = AnyBus(ground)
    bus.set_up(SHIPPED_AGREEMENTS, SHIPPED_SERVICES)
    number = new_passport_number()
    bus.add_people([number])
    for agreement in SHIPPED_AGREEMENTS:
        if agreement.consent_mask:
            bus.grant(number, agreement.id)
    events = make_events(number)
    bus.publish(*events)
    bus.turn()
    bus.publish(events[0].model_copy(update={"revision": 2}))
    bus.turn()
    return Victim(bus, ground, number)
