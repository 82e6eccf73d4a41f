"""What was disclosed of a participant, in plain words."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from consent_ledger.rights.access_log import AboutEvent, Disclosure
from deploy.pages.plain_english import BASIS_WORDS, category_words
from deploy.pages.text import counted, when

_ARTICLE = {"referral": "a referral", "enrolment": "an enrolment", "outcome": "an outcome"}


def disclosure_fields(disclosure: Disclosure) -> dict[str, Any]:
    """Return a disclosure for JSON."""
    return {
        "at": disclosure.at,
        "turn": disclosure.turn,
        "agreement": disclosure.agreement.id,
        "version": disclosure.agreement.version,
        "recipient": disclosure.agreement.recipient_name,
        "action": "sent" if disclosure.categories else "taken back",
        "is_certain": disclosure.is_certain,
        "event_id": disclosure.about.event_id,
        "event": disclosure.about.event or None,
        "provider": disclosure.about.provider_id or None,
        "service": disclosure.about.service_id or None,
        "categories": {
            category.value: {
                "basis": basis.value,
                "words": category_words(disclosure.agreement, category),
            }
            for category, basis in disclosure.categories.items()
        },
        "entry": disclosure.decided_by,
        "kind": disclosure.kind,
        "issue": disclosure.issue,
    }


def disclosure_lines(disclosures: Sequence[Disclosure]) -> Iterator[str]:
    """Yield lines for a participant to read; what was done at once and alike is together."""
    if not disclosures:
        yield "Nothing about you was sent to anybody."
    for _, together in groupby(disclosures, key=_alike):
        group = list(together)
        first = group[0]
        yield f"{when(first.at)}  {first.agreement.recipient_name} ({first.agreement.id})"
        yield f"  {_what_was_done(first, len(group))}"
        for category, basis in first.categories.items():
            yield f"    {category_words(first.agreement, category)} ({BASIS_WORDS[basis]})"
        for disclosure in group:
            yield f"  from {_event(disclosure.about)}"
        yield f"  because of entry {first.decided_by} of the ledger: {first.kind}"


def _alike(disclosure: Disclosure) -> tuple[object, ...]:
    return (
        disclosure.turn,
        disclosure.agreement.id,
        tuple(disclosure.categories),
        disclosure.decided_by,
        disclosure.is_certain,
    )


def _what_was_done(disclosure: Disclosure, count: int) -> str:
    records = counted(count, "record")
    if not disclosure.categories:
        sure = "were" if count > 1 else "was"
        return f"{records} {sure if disclosure.is_certain else 'may have been'} taken back"
    done = "was sent" if disclosure.is_certain else "may have been sent"
    unnamed = (
        ", without your name or any number of yours" if disclosure.agreement.pseudonymous else ""
    )
    return f"{done} {records}{unnamed}, with:"


def _event(about: AboutEvent) -> str:
    if not about.event:
        return "a record that is no longer held"
    return f"{_ARTICLE[about.event]} of {about.provider_name}, {about.service_name}"
