"""Two histories of a bus that differ only where one recipient may not look, at any time."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import InForce
from consent_ledger.agreements.in_force import Mark as Marked
from consent_ledger.consent.changes import (
    ConsentChange,
    Grant,
    Narrowing,
    Objection,
    ObjectionEnd,
    Withdrawal,
)
from consent_ledger.consent.consent import apply
from consent_ledger.consent.decisions import NO_STANDING, Standing
from consent_ledger.consent.merges import MergeError, merge, unmerge
from consent_ledger.consent.standing_entries import ConsentError, standing_entry
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, record
from consent_ledger.register.subjects import ErasedError, active
from consent_ledger.rights.erasure import ErasureError, finish_erasure, record_erasure
from schemas.categories import Category, Mask
from schemas.events import Event, Source, event_type
from schemas.identifiers import PassportNumber, ServiceId
from tests.properties.happenings import (
    AGREEMENTS,
    ALIKE,
    GATES,
    INNER,
    MADE,
    PEOPLE,
    VALUES,
    Erase,
    Happening,
    Mark,
    Merge,
    NextVersion,
    Publish,
    PublishOnce,
    Say,
    Turn,
    Wait,
    happenings,
    publications,
    some_categories,
)
from tests.properties.memory_bus import MemoryBus
from tests.support.event_strategies import REFERENCES
from tests.support.killing import KilledError, killed_at


@dataclass(frozen=True)
class Recipient:
    """Who may not tell the histories apart: an agreement, and what is ever granted under it."""

    agreement: Agreement
    grantable: frozenset[Category]

    def may_see(self, category: Category) -> bool:
        """Tell whether a category is ever open to it."""
        return (
            category in self.grantable
            or (self.agreement.public_task_mask | self.agreement.legal_obligation_mask)
            & category.bit
            > 0
        )


class History(MemoryBus):
    """One of the two."""

    def __init__(self, recipient: Recipient, side: int) -> None:
        super().__init__(AGREEMENTS, PEOPLE)
        self._recipient = recipient
        self._side = side
        self._revisions: dict[tuple[int, int], int] = {}
        self._shown: dict[tuple[int, int], int] = {}

    def play(self, happening: Happening) -> None:
        """Let it happen."""
        match happening:
            case Publish(event, shown, hidden):
                self._shown[event] = shown
                self._publish(event, hidden[self._side])
            case PublishOnce(event, side, hidden):
                is_known = event in self._shown
                if side == self._side and (is_known or not self._is_received(event)):
                    self._publish(event, hidden)
            case Say():
                self._say(happening)
            case Turn(step):
                self._turn(step)
            case NextVersion() | Mark() | Merge():
                self._at_the_hub(happening)
            case Erase(person):
                self._erase(PassportNumber(PEOPLE[person]))
            case Wait():
                self.clock.go_on(timedelta(days=1))

    def _at_the_hub(self, happening: NextVersion | Mark | Merge) -> None:
        match happening:
            case NextVersion():
                self._enter(happening)
            case Mark(service_id, is_sensitive):
                self._mark(service_id, is_sensitive=is_sensitive)
            case Merge(is_parting):
                self._merge(is_parting=is_parting)

    def standings_of_person(self, number: PassportNumber, agreement: Agreement) -> list[Standing]:
        """Return how somebody stands under each of the numbers that are one person's by now."""
        people = self.database.participants
        return [
            self.database.standings.get(one, {}).get(agreement.id, NO_STANDING)
            for one in PEOPLE
            if people[one].shown_as == people[number].shown_as
        ]

    def _enter(self, said: NextVersion) -> None:
        before = self.terms.agreements[said.agreement.id].agreement
        categories = {
            one: terms for one, terms in said.agreement.categories.items() if one in said.kept
        }
        coarser = {one: form for one, form in said.agreement.generalise.items() if one in said.kept}
        changes = {
            "version": before.version + 1,
            "categories": categories,
            "generalise": coarser,
            "ended": said.is_ended,
        }
        after = Agreement.model_validate(said.agreement.model_dump() | changes)
        with self.database.transaction(None):
            entry = NewEntry(EntryKind.AGREEMENT, agreement_id=after.id, facts={})
            (seq,) = record(self.tx, [entry])
            self.terms = replace(
                self.terms, agreements=self.terms.agreements | {after.id: InForce(after, seq)}
            )
            self.database.terms = self.terms
            dropped = before.consent_mask & ~after.consent_mask
            for person in PEOPLE:
                held = self.database.standings.get(person, {}).get(after.id)
                if held is None or not held.granted & dropped:
                    continue
                who, salt = active(self.database.participants[person])
                left = held.without(Mask(dropped))
                narrowed = standing_entry(EntryKind.NARROWED, who, salt, after, left)
                (seq,) = record(self.tx, [narrowed])
                self.database.standings[person][after.id] = left._replace(seq=seq)

    def _mark(self, service_id: ServiceId, *, is_sensitive: bool) -> None:
        entry = NewEntry(
            EntryKind.SERVICE, service_id=service_id, facts={"sensitive": is_sensitive}
        )
        with self.database.transaction(None):
            (seq,) = record(self.tx, [entry])
            services = self.terms.services | {service_id: Marked(is_sensitive, seq)}
            self.terms = replace(self.terms, services=services)
            self.database.terms = self.terms

    def _merge(self, *, is_parting: bool) -> None:
        with suppress(MergeError, ErasedError), self.database.transaction(None):
            if is_parting:
                unmerge(self.tx, PEOPLE[1])
            else:
                merge(self.tx, PEOPLE[1], PEOPLE[0])

    def _erase(self, number: PassportNumber) -> None:
        with self.database.transaction(None):
            record_erasure(self.tx, number)
        with suppress(ErasureError), self.database.transaction(None):
            finish_erasure(self.tx, number)

    def _is_received(self, event: tuple[int, int]) -> bool:
        return event_type(self._made(event)) in self._recipient.agreement.events

    def _made(self, event: tuple[int, int], **fields: Any) -> Event:
        person, number = event
        make, service_id, provider_id = MADE[number]
        fixed: dict[str, Any] = {
            "event_id": f"00000000-0000-8000-8000-00000000{person:02}{number:02}",
            "participant_id": PEOPLE[person],
            "provider_id": provider_id,
            "source": Source(system="crm", reference="case-1"),
            "referral_ref": REFERENCES[number],
        }
        return make(ServiceId(service_id), **(fixed | fields))

    def _publish(self, event: tuple[int, int], hidden: int) -> None:
        self._revisions[event] = self._revisions.get(event, 0) + 1 + hidden % 2
        shown = self._shown.get(event, 0)
        is_received = self._is_received(event)
        fields: dict[str, Any] = {
            "revision": self._revisions[event],
            "recorded_at": datetime(2026, 5, 5, hidden % 24, tzinfo=UTC),
        }
        if not is_received or self._recipient.agreement.pseudonymous:
            fields |= {
                "occurred_at": datetime(2026, 5, 4, hidden % 24, tzinfo=UTC),
                "source": None if hidden % 2 else Source(system="crm", reference="case-2"),
                "referral_ref": REFERENCES[hidden % len(REFERENCES)],
            }
        for place, category in enumerate(INNER):
            of_shown, of_hidden = (one // 6**place % 6 for one in (shown, hidden))
            choice = VALUES[category]
            if not (is_received and self._recipient.may_see(category)):
                block = choice[of_hidden % len(choice)]
            elif category in self._recipient.agreement.generalise:
                alike = ALIKE[category][of_shown % len(ALIKE[category])]
                block = alike[of_hidden % len(alike)]
            else:
                block = choice[of_shown % len(choice)]
            fields[category.value] = block
        self.publish(self._made(event, **fields))

    def _say(self, said: Say) -> None:
        person, agreement = PEOPLE[said.person], said.agreement.id
        categories = said.categories
        if said.agreement == self._recipient.agreement:
            categories &= self._recipient.grantable
        until = self.clock() + timedelta(days=1) if said.what == "grant for a day" else None
        change: ConsentChange
        match said.what:
            case "withdraw all":
                change = Withdrawal(number=PassportNumber(person), agreement=agreement)
            case "object":
                change = Objection(number=PassportNumber(person), agreement=agreement)
            case "end objection":
                change = ObjectionEnd(number=PassportNumber(person), agreement=agreement)
            case _ if not categories:
                return
            case "withdraw":
                change = Narrowing(
                    number=PassportNumber(person), agreement=agreement, categories=categories
                )
            case _:
                change = Grant(
                    number=PassportNumber(person),
                    agreement=agreement,
                    categories=categories,
                    until=until,
                )
        with suppress(ConsentError, ErasedError), self.database.transaction(self.tx) as tx:
            apply(tx, change)

    def _turn(self, step: TurnStep | None) -> None:
        if step is None:
            self.turn()
            return

        with suppress(KilledError):
            self.new_shard(killed_at(step)).turn(0)
        self.shard = self.new_shard()


@st.composite
def recipients(draw: st.DrawFn) -> Recipient:
    """Give an agreement, and some of what it asks consent for: never the rest."""
    agreement = draw(st.sampled_from(AGREEMENTS))
    return Recipient(agreement, frozenset({*draw(some_categories), *GATES}))


@st.composite
def two_histories(draw: st.DrawFn) -> tuple[Recipient, History, History]:
    """Play both to rest. At first people are asked and events published: no tray is empty."""
    recipient = draw(recipients())
    asked = [
        Say("grant", person, agreement, frozenset({*draw(some_categories), *GATES}))
        for person in range(2)
        for agreement in AGREEMENTS
    ]
    begun = draw(st.lists(publications, min_size=4, max_size=8))
    then = draw(st.lists(happenings, max_size=10))
    return recipient, *play(recipient, [*asked, *begun, Turn(), *then, Turn(), Turn()])


def play(recipient: Recipient, story: Iterable[Happening]) -> tuple[History, History]:
    """Play the two histories."""
    one, other = History(recipient, 0), History(recipient, 1)
    for happening in story:
        one.play(happening)
        other.play(happening)
    return one, other
