"""What was disclosed of a participant, in plain words."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from consent_ledger.rights.access_log import AboutEvent, Disclosure
from deploy.cli.output import counted
from deploy.pages.plain_english import BASIS_WORDS, category_words
from deploy.pages.text import when

_ARTICLE = {"referral": "a referral", "enrolment": "an enrolment", "outcome": "an outcome"}


def disclosure_fields(one: Disclosure) -> dict[str, Any]:
    """Return a disclosure for JSON."""
    return {
        "at": one.at,
        "turn": one.turn,
        "agreement": one.agreement.id,
        "version": one.agreement.version,
        "recipient": one.agreement.recipient_name,
        "action": "sent" if one.categories else "taken back",
        "is_certain": one.is_certain,
        "event_id": one.about.event_id,
        "event": one.about.event or None,
        "provider": one.about.provider_id or None,
        "service": one.about.service_id or None,
        "categories": {
            category.value: {
                "basis": basis.value,
                "words": category_words(one.agreement, category),
            }
            for category, basis in one.categories.items()
        },
        "entry": one.decided_by,
        "kind": one.kind,
        "issue": one.issue,
    }


def disclosure_lines(found: Sequence[Disclosure]) -> Iterator[str]:
    """Yield lines for a participant to read; what was done at once and alike stands together."""
    if not found:
        yield "Nothing about you was sent to anybody."
    for _, together in groupby(found, key=_alike):
        group = list(together)
        first = group[0]
        yield f"{when(first.at)}  {first.agreement.recipient_name} ({first.agreement.id})"
        yield f"  {_what_was_done(first, len(group))}"
        for category, basis in first.categories.items():
            yield f"    {category_words(first.agreement, category)} ({BASIS_WORDS[basis]})"
        for one in group:
            yield f"  from {_event(one.about)}"
        yield f"  because of entry {first.decided_by} of the ledger: {first.kind}"


def _alike(one: Disclosure) -> tuple[object, ...]:
    return one.turn, one.agreement.id, tuple(one.categories), one.decided_by, one.is_certain


def _what_was_done(one: Disclosure, count: int) -> str:
    records = counted(count, "record")
    if not one.categories:
        sure = "were" if count > 1 else "was"
        return f"{records} {sure if one.is_certain else 'may have been'} taken back"
    done = "was sent" if one.is_certain else "may have been sent"
    unnamed = ", without your name or any number of yours" if one.agreement.pseudonymous else ""
    return f"{done} {records}{unnamed}, with:"


def _event(about: AboutEvent) -> str:
    if not about.event:
        return "a record that is no longer held"
    return f"{_ARTICLE[about.event]} of {about.provider_name}, {about.service_name}"
