"""Two histories of a bus that differ only where one recipient may not look, at any time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from typing_extensions import override

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.changes import (
    Grant,
    LedgerChange,
)
from consent_ledger.consent.decisions import Standing
from schemas.blocks import Block
from schemas.categories import Category
from schemas.events import Event, Source, event_type
from schemas.identifiers import PassportNumber, ServiceId
from tests.histories import cast
from tests.histories.player import Player
from tests.properties.happenings import (
    AGREEMENTS,
    ALIKE,
    GATES,
    INNER,
    MADE,
    PEOPLE,
    TURN,
    VALUES,
    Happening,
    NextVersion,
    Publish,
    PublishOnce,
    grant,
    happenings,
    publications,
    some_categories,
)
from tests.properties.memory_bus import MemoryBus
from tests.support.event_strategies import REFERENCES
from tests.support.shared_fields import OUTSIDE_BLOCKS, texts_of


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


class History(Player):
    """One of the two."""

    def __init__(self, recipient: Recipient, side: int) -> None:
        super().__init__(MemoryBus(AGREEMENTS, PEOPLE), PEOPLE, cast.directory())
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
            case NextVersion():
                self._enter_version(happening)
            case _:
                self.do(happening)

    @override
    def enter(self, change: LedgerChange) -> bool:
        """Enter a change; a grant to the recipient opens what it may ever be granted alone."""
        if isinstance(change, Grant) and change.agreement == self._recipient.agreement.id:
            named = change.categories
            asked = self.asked(change.agreement) if isinstance(named, str) else named
            if not asked & self._recipient.grantable:
                return False
            categories = {"categories": frozenset(asked & self._recipient.grantable)}
            change = change.model_copy(update=categories)
        return super().enter(change)

    def standings_of_person(self, number: PassportNumber, agreement: Agreement) -> list[Standing]:
        """Return how somebody stands under each of the numbers that are one person's by now."""
        people = self.ground.participants
        return [
            self.bus.standing(one, agreement.id)
            for one in PEOPLE
            if people[one].shown_as == people[number].shown_as
        ]

    def _enter_version(self, said: NextVersion) -> None:
        own = said.agreement
        changes = {
            "version": self.bus.terms().agreements[own.id].agreement.version + 1,
            "categories": {one: own.categories[one] for one in own.categories if one in said.kept},
            "fields": {
                path: form
                for path, form in own.fields.items()
                if path.partition(".")[0] in {*said.kept, *OUTSIDE_BLOCKS}
            },
            "ended": said.is_ended,
        }
        self.enter_agreements([Agreement.model_validate(own.model_dump() | changes)])

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
        made = self._made(event)
        if is_received and self._recipient.agreement.pseudonymous:
            fields["participation"] = made.participation.model_copy(
                update=texts_that_are_alike(
                    self._recipient.agreement, Category.PARTICIPATION, made.participation, hidden
                )
            )
        for place, category in enumerate(INNER):
            of_shown, of_hidden = (one // 6**place % 6 for one in (shown, hidden))
            choice = VALUES[category]
            if not (is_received and self._recipient.may_see(category)):
                block = choice[of_hidden % len(choice)]
            elif category in self._recipient.agreement.coarse and category in ALIKE:
                alike = ALIKE[category][of_shown % len(ALIKE[category])]
                block = alike[of_hidden % len(alike)]
            else:
                block = choice[of_shown % len(choice)]
                if category in self._recipient.agreement.coarse and block is not None:
                    block = block.model_copy(
                        update=texts_that_are_alike(
                            self._recipient.agreement, category, block, of_hidden
                        )
                    )
            fields[category.value] = block
        self.bus.publish(self._made(event, **fields))


def texts_that_are_alike(
    agreement: Agreement, category: Category, block: Block, hidden: int
) -> dict[str, Any]:
    """Return other texts for a block, which differ where its recipient sees none of them."""
    changes: dict[str, Any] = {}
    for path in texts_of(category):
        name = path.rpartition(".")[2]
        value = getattr(block, name, None)
        if value or path not in agreement.fields:
            text = f"Flat {hidden}, 12 Acre Road"
            is_list = "tuple" in str(type(block).model_fields.get(name))
            changes[name] = (text,) * (1 + hidden % 3) if is_list else text
    return {name: text for name, text in changes.items() if hasattr(block, name)}


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
        grant(person, agreement, draw(some_categories))
        for person in range(2)
        for agreement in AGREEMENTS
    ]
    begun = draw(st.lists(publications, min_size=4, max_size=8))
    then = draw(st.lists(happenings, max_size=10))
    return recipient, *play(recipient, [*asked, *begun, TURN, *then, TURN, TURN])


def play(recipient: Recipient, story: Iterable[Happening]) -> tuple[History, History]:
    """Play the two histories."""
    one, other = History(recipient, 0), History(recipient, 1)
    for happening in story:
        one.play(happening)
        other.play(happening)
    return one, other
