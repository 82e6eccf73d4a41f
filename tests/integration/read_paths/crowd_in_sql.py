"""A crowd on a bus with a real PostgreSQL: people who stand alike and have the same events.

So many that figures about them may be shown; what is said of one is read of the first of them.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from typing_extensions import override

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.decisions import NO_STANDING, Decision, Standing, decide
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.consent.standings import standings_of
from consent_ledger.redaction.redactor import Redactor
from consumers.analytics.disclosure_control import FEWEST_PEOPLE
from schemas.categories import Category, Mask, categories_of
from schemas.events import Event, event_type
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
)
from schemas.trays import TrayRecord, out_key, out_tray
from tests.histories.changes import About, Taught
from tests.histories.drawing import Call
from tests.histories.player import Player, carry_out
from tests.integration.read_paths.crowd_stories import INTO, MERGED, STATISTICS
from tests.support.agreement_strategies import NOON
from tests.support.bus import SHIPPED_SERVICES, Bus
from tests.support.bus_settings import PEPPER
from tests.support.trays_planned import EVERYTHING, make_agreement

PASSPORT: Final = make_agreement(AgreementId("passport.coordination"))

Kept = frozenset[Category]
"""The categories of which one record has a block; none is no record."""
Pair = tuple[AgreementId, EventId]
"""An agreement and an event."""


class Crowd(Player):
    """Some of the people on a bus, with agreements of their own; beside them there is a passport.

    What happens to one of them happens to all, but that one may be erased, and two merged; the
    paths are read for the first, who is neither. Events that come for somebody erased are too late.
    """

    bus: Bus

    def __init__(self, bus: Bus) -> None:
        people = [bus.participant() for _ in range(FEWEST_PEOPLE + 1)]
        super().__init__(bus, people, SHIPPED_SERVICES)
        bus.mark({})
        self.first = people[0]
        self.agreements = {PASSPORT.id: PASSPORT}
        self._erased: list[PassportNumber] = []
        self._published: list[Event] = []
        self._purpose = f"of-{self.first.lower()}"
        self._late = bus.clock() - NOON
        self.bus.stand(people, {PASSPORT.id: EVERYTHING})

    @property
    def statistics(self) -> AgreementId:
        """The agreement whose tray figures are made of."""
        return self._agreement_id(AgreementId(STATISTICS))

    def let(self, steps: Iterable[Call]) -> None:
        """Let it happen, and the filter come to rest."""
        for step in steps:
            self.do(step)
        self.bus.turn()
        for number in self._erased:
            self.finish_erasure(self.people.index(number) + 1)
        with self.bus.engine.connect() as connection:
            self._standings = standings_of(connection, self._active())
        self._rows = self.ground.participants

    def leave(self) -> None:
        """End the agreements, which would reach whoever comes next."""
        for agreement_id, agreement in tuple(self.agreements.items()):
            if agreement_id != PASSPORT.id:
                self._enter(agreement_id, agreement.model_copy(update={"ended": True}))
        self.bus.turn()

    @override
    def say(self, taught: Taught, person: int, agreement: AgreementId, **drawn: Any) -> None:
        """All of them say it, whoever is drawn."""
        agreement_id = self._agreement_id(agreement)
        about = About(self.number(person), agreement_id, self.asked(agreement_id), self.clock())
        with self.ground.begin() as tx:
            for number in self._active():
                with suppress(ConsentError):  # refused: nothing was entered
                    carry_out(tx, taught.change(about._replace(number=number), **drawn))

    def stand(self, agreement: AgreementId, standing: Standing) -> None:
        """All of them stand in some way towards an agreement."""
        until = standing.until and standing.until + self._late
        standings = {self._agreement_id(agreement): standing._replace(until=until)}
        self.bus.stand(self._active(), standings)

    @override
    def erase(self, person: int) -> None:
        super().erase(person)
        if self.number(person) not in self._erased:
            self._erased.append(self.number(person))

    def enter_version(self, agreement: AgreementId, terms: Agreement) -> None:
        """The hub enters an agreement of a recipient, or its next version; hours are from noon."""
        until = terms.valid_until
        validity = {
            "valid_from": terms.valid_from + self._late,
            "valid_until": until and until + self._late,
        }
        self._enter(self._agreement_id(agreement), terms.model_copy(update=validity))

    def publish(self, make: Callable[..., Event], service: ServiceId, provider: ProviderId) -> None:
        """A provider publishes an event of each of them."""
        for number in self.people:
            event = make(service, participant_id=number, provider_id=provider)
            self.bus.publish(event)
            self._published.append(event)

    @property
    def events(self) -> list[Event]:
        """The events of all who are not erased."""
        return [one for one in self._published if one.participant_id not in self._erased]

    def decision(self, agreement_id: AgreementId, event: Event) -> Decision:
        """Return what is decided now."""
        return decide(
            self.agreements[agreement_id],
            LedgerIndex(0),
            self._standings[event.participant_id].get(agreement_id, NO_STANDING),
            event.provider_id,
            event_type(event),
            is_sensitive=self.is_sensitive(event),
            now=self.bus.clock(),
        )

    def kept(self, agreement_id: AgreementId, event: Event) -> Kept:
        """Return the categories that are decided."""
        return frozenset(categories_of(self.decision(agreement_id, event).mask))

    def pairs(self) -> Iterator[tuple[Agreement, Event]]:
        """Yield each event of the first of them with each agreement."""
        for event in self.events:
            if event.participant_id == self.first:
                yield from ((agreement, event) for agreement in self.agreements.values())

    def decided(self) -> dict[Pair, Kept]:
        """Return what is decided of each event that is delivered at all."""
        found = {
            (agreement.id, event.event_id): self.kept(agreement.id, event)
            for agreement, event in self.pairs()
        }
        return {pair: kept for pair, kept in found.items() if kept}

    def key(self, agreement: Agreement, event: Event) -> bytes:
        """Return the key of an event in an agreement's tray."""
        return _key(agreement, event, self.number_of(event))

    def number_of(self, event: Event) -> PassportNumber:
        """Return the number under which an event is shown."""
        return self._rows[event.participant_id].shown_as

    def is_sensitive(self, event: Event) -> bool:
        """Tell whether the hub has marked the service of an event, or never heard of it."""
        marks = {one.id: one.sensitive for one in self.directory.services}
        return marks.get(event.participation.service_id, True)

    def records(self, agreement_id: AgreementId) -> list[TrayRecord]:
        """Return everything of them that was ever sent to a recipient."""
        agreement, topic = self.agreements[agreement_id], out_tray(agreement_id)
        own = {key for event in self._published for key in self._keys(agreement, event)}
        return [
            TrayRecord(topic, 0, at, one.key, one.value, ())
            for at, one in enumerate(self.bus.broker.read(topic))
            if one.key in own
        ]

    def _keys(self, agreement: Agreement, event: Event) -> Iterator[bytes]:
        """Yield the keys of an event under each number that may ever have named it."""
        for number in (event.participant_id, self.number(MERGED), self.number(INTO)):
            yield _key(agreement, event, number)

    def _active(self) -> list[PassportNumber]:
        return [number for number in self.people if number not in self._erased]

    def _agreement_id(self, recipient: AgreementId) -> AgreementId:
        return AgreementId(f"{recipient}.{self._purpose}")

    def _enter(self, agreement_id: AgreementId, agreement: Agreement) -> None:
        before = self.agreements.get(agreement_id)
        version = before.version + 1 if before else 1
        entered = agreement.model_copy(update={"id": agreement_id, "version": version})
        held = self.bus.standing(self.first, agreement_id)
        self.enter_agreements([entered])
        self.agreements[agreement_id] = entered
        dropped = held.granted & before.consent_mask & ~entered.consent_mask if before else 0
        left = held.without(Mask(dropped)) if dropped else held
        assert self.bus.standing(self.first, agreement_id)._replace(
            seq=LedgerIndex(0)
        ) == left._replace(seq=LedgerIndex(0))


def _key(agreement: Agreement, event: Event, number: PassportNumber) -> bytes:
    return out_key(*Redactor(agreement, PEPPER).names(event, number))
