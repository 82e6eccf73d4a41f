"""A participant's copy as one page in plain English: nothing is loaded, nothing runs."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.match_keys import FIRST_KINDS
from consent_ledger.rights.export import Export, ExportedDisclosure, HeldEvent
from consent_ledger.rights.receipts import Controller
from consumers.passport.view import PassportValue
from deploy.operations.subject_access import Copy, fields_in
from deploy.pages.days import london_day, london_time
from deploy.pages.environment import render
from deploy.pages.event_words import label, reached, values, word
from deploy.pages.plain_english import CHANGE_WORDS, category_words, pseudonym_lines
from schemas.categories import BLOCKS, PLAIN_WORDS, Category
from schemas.identifiers import AgreementId, EventId, ServiceId

_ENTERED: Final = CHANGE_WORDS | {
    EntryKind.REGISTERED: "You were given this passport number.",
    EntryKind.MERGED: "This passport number was joined to another one of yours.",
}
"""What each kind of entry was, in words for a participant."""
_LOOKED_UP: Final = {
    Reply.POSSIBLE_MATCH: "They asked if we know somebody like you. We said that we may."
    " We did not tell them your number.",
    Reply.BY_NUMBER: "They showed us your number, and we said that it is one of ours.",
    Reply.NUMBER_TOLD: "They said that you agreed, and we told them your number.",
    Reply.PREFILLED: "They showed us your number, and we filled in their form with what they may"
    " see about you.",
    Reply.KNOWN: "What they told us about you was what we knew. We gave them your number, as we"
    " would have given somebody new a number.",
}
"""What each look-up was, in words for a participant."""
_REACHED: Final = (("category", "code"), ("outcome_category", "outcome_code"))
_AT_ONCE: Final = attrgetter("at", "categories", "decided_by", "is_confirmed")


def subject_access_page(copy: Copy, controller: Controller) -> str:
    """Return the page; `controller` answers for what is held."""
    return render(
        "subject_access.html",
        copy=copy,
        view=_View(copy),
        label=label,
        pseudonym_lines=pseudonym_lines,
        word=word,
        entered=_ENTERED,
        looked_up=_LOOKED_UP,
        fields_in=fields_in,
        controller=controller,
        made=f"{london_time(copy.made_at)} (London time)",
    )


class _View:
    """What the template asks for: names for ids, and words for fields, codes and categories."""

    def __init__(self, copy: Copy) -> None:
        self._passport = copy.passport
        self._names = copy.held[0].names
        self.agreements = copy.held[0].agreements
        about = {entry.agreement_id for held in copy.held for entry in held.entries}
        about |= {sent.agreement_id for held in copy.held for sent in held.disclosures}
        self.organisations = [self.agreements[one] for one in sorted(filter(None, about))]

    def name(self, id_: str) -> str:
        """Return what a provider, a service or the recipient of an agreement is called."""
        agreement = self.agreements.get(id_)
        return agreement.recipient_name if agreement else self._names.get(id_, id_)

    def names(self, ids: Iterable[str]) -> list[str]:
        """Return what each of these is called."""
        return [self.name(id_) for id_ in ids]

    def codes(self, kinds: Iterable[str]) -> list[str]:
        """Return what the codes are made of by which a person is found."""
        first = [kind for kind in kinds if kind in FIRST_KINDS]
        return [*first, "parts of what stands below"] if set(kinds) - set(first) else first

    def values(self, field: str, value: object) -> list[str]:
        """Return a field's value in words."""
        return values(field, value, self._names)

    def title(self, event: str, service_id: ServiceId) -> str:
        """Return what an event is called."""
        return f"{word('event', event)}: {self.name(service_id)}"

    def categories(self, named: Iterable[str], agreement_id: AgreementId) -> list[str]:
        """Return what an agreement shows of categories."""
        agreement = self.agreements[agreement_id]
        return [category_words(agreement, Category(name)) for name in named]

    def blocks(self, fields: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
        """Yield each category that an event holds something of, with its rows."""
        for category in BLOCKS:
            if rows := list(self.rows(fields[category.value] or {})):
                yield PLAIN_WORDS[category], rows

    def rows(self, fields: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
        """Yield the label and the values of each field that holds something."""
        for category, code in _REACHED:
            if fields.get(code):
                fields = {**fields, code: reached(fields[category], fields[code])}
        for field, value in fields.items():
            if value is not None and value != []:
                yield label(field), self.values(field, value)

    def passport(self) -> Iterator[tuple[str, list[PassportValue]]]:
        """Yield each category of the passport with what is held of it."""
        for category, held in groupby(self._passport.values, attrgetter("category")):
            yield PLAIN_WORDS[category], list(held)

    def sent(self, held: Export) -> Iterator[tuple[str, list[list[ExportedDisclosure]]]]:
        """Yield each agreement with what was sent by it; what was sent at once is together."""
        by_agreement = attrgetter("agreement_id")
        for id_, sent in groupby(sorted(held.disclosures, key=by_agreement), by_agreement):
            yield id_, [list(alike) for _, alike in groupby(sent, _AT_ONCE)]

    def sent_event(self, event_id: EventId, events: Iterable[HeldEvent]) -> str:
        """Return what an event that was sent is called, with its day."""
        for event in events:
            if event.event_id == event_id:
                day = london_day(event.fields["occurred_at"])
                return f"{self.title(event.event, event.service_id)} ({day})"
        return "A record that we no longer hold"
