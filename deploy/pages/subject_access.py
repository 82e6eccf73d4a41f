"""A participant's copy as one HTML page: nothing is loaded, nothing runs, all text is escaped."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.rights.export import Disclosure, Export, HeldEvent
from consumers.passport.view import Passport
from deploy.operations.subject_access import Copy
from deploy.pages.text import clean, when
from schemas.categories import BLOCKS, PLAIN_WORDS, Category
from schemas.codec import decode
from schemas.errors import MalformedError

_STYLE: Final = (
    "body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:0 0 1.5rem}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #999}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}"
)
_ENVELOPE: Final = ("occurred_at", "recorded_at", "source", "referral_ref")


def export_page(copy: Copy) -> str:
    """Return the page."""
    numbers = [one.registration.participant_id for one in copy.held]
    preface = (
        f"Made on {when(copy.made_at)} for the person with this passport number. You may ask"
        " that anything wrong in it be corrected, by the organisation named as its source, and"
        " that all of it be erased."
    )
    body = "\n".join(
        [
            f"<h1>Everything held about {escape(' and '.join(numbers))}</h1>",
            f"<p>{preface}</p>",
            *(section for one in copy.held for section in _sections(one)),
            "<h2>Your job passport</h2>",
            _passport(copy.passport),
            "<h2>What the hub counts, without knowing who you are</h2>",
            _figures(copy),
            "<h2>What organisations sent about you that could not be accepted</h2>",
            "<p>It is locked away and reaches nobody. It is deleted after 30 days.</p>",
            *(_letter(*one) for one in copy.letters),
            *([] if copy.letters else ["<p>Nothing.</p>"]),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Everything held about you</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n</body>\n</html>"
    )


def fields_in(opened: bytes) -> dict[str, Any] | None:
    """Return the fields of the event that a dead letter holds; None if it holds none."""
    try:
        return decode(opened)
    except MalformedError:
        return None


def _sections(held: Export) -> Iterator[str]:
    yield f"<h2>Your registration, {escape(held.registration.participant_id)}</h2>"
    yield _registration(held)
    yield "<h2>What you have said</h2>"
    yield _permissions(held)
    yield "<h2>What organisations have told us about you</h2>"
    yield from map(_event, held.events) if held.events else ["<p>Nothing.</p>"]
    yield "<h2>Who was sent what</h2>"
    yield _sent(held)


def _registration(held: Export) -> str:
    known = held.registration
    rows = [
        ("Passport number", known.participant_id),
        ("Registered by", known.registered_by),
        ("Registered on", known.registered_at),
        ("Your name in the ledger", known.ledger_id),
        ("You are known again by codes made of", ", ".join(known.recognised_by) or "nothing"),
        ("And by codes made of the reference of", ", ".join(known.references_of) or "nobody"),
    ]
    return _table("", ("what", "value"), rows)


def _permissions(held: Export) -> str:
    rows = (
        (one.number, one.recorded_at, one.kind, _who(held, one.agreement_id), _said(one.facts))
        for one in held.entries
    )
    return _table(
        "Each entry of the ledger about you",
        ("entry", "when", "what", "about", "as it was then"),
        rows,
    )


def _said(facts: Mapping[str, Any]) -> str:
    shown = {name: facts.get(name) for name in ("granted", "until", "except")}
    said = [f"{name}: {_text(value)}" for name, value in shown.items() if value]
    return "; ".join(said + [name for name in ("informed", "objected") if facts.get(name)])


def _event(held: HeldEvent) -> str:
    title = (
        f"{held.event} from {held.provider_id} ({held.service_id}), received"
        f" {when(held.accepted_at)}, revision {held.revision}, number {held.event_id}"
    )
    return _table(title, ("about", "field", "value"), _rows(held.fields))


def _rows(fields: Mapping[str, Any]) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = [
        ("envelope", name, fields[name]) for name in _ENVELOPE if fields[name]
    ]
    return rows + [
        (PLAIN_WORDS[category], name, value)
        for category in BLOCKS
        for name, value in (fields[category.value] or {}).items()
        if value is not None and value != []
    ]


def _letter(letter: DeadLetter, opened: bytes) -> str:
    title = f"From {letter.provider_id}, refused {letter.refused_at}: {letter.reason}"
    fields = fields_in(opened)
    if fields is None:
        return _table(title, ("as it was sent",), [(opened.decode("utf-8", "replace"),)])
    return _table(title, ("about", "field", "value"), _rows(fields))


def _figures(copy: Copy) -> str:
    return _table(
        "One row for each event, under a name that is only used there",
        tuple(copy.figures[0]) if copy.figures else (),
        (tuple(one.values()) for one in copy.figures),
    )


def _sent(held: Export) -> str:
    def row(one: Disclosure) -> Sequence[object]:
        words = ", ".join(PLAIN_WORDS[Category(name)] for name in one.categories)
        doubt = "" if one.is_confirmed else " (the sending was cut short; it may not have arrived)"
        sent = (words or "taken back: what was sent before") + doubt
        return one.at, _who(held, one.agreement_id), one.event_id, sent, one.decided_by

    return _table(
        "Records sent, in order of time",
        ("when", "to", "event", "what of it", "by entry"),
        map(row, held.disclosures),
    )


def _passport(passport: Passport) -> str:
    values = _table(
        "The last that was said of each thing",
        ("category", "field", "value", "from", "when"),
        (
            (one.category, one.field, one.last.value, one.last.provider_id, one.last.observed_at)
            for one in passport.values
        ),
    )
    story = _table(
        "Your story",
        ("when", "what", "service", "from"),
        (
            (step.occurred_at, step.event, step.service_id, step.provider_id)
            for step in passport.story
        ),
    )
    return values + "\n" + story


def _who(held: Export, agreement_id: str | None) -> str:
    if agreement_id is None:
        return ""
    name, purpose = held.recipients.get(agreement_id, (agreement_id, ""))
    return f"{name} ({agreement_id}): {purpose}" if purpose else name


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = list(_lines(columns, rows))
    if len(lines) == 1:
        return f"<p>{escape(caption)}: none.</p>"
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return "\n".join([f"<table>{title}", *lines, "</table>"])


def _lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "<tr>" + "".join(f'<th scope="col">{escape(one)}</th>' for one in columns) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{escape(_text(one))}</td>" for one in row) + "</tr>"


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(one)}" for name, one in value.items() if one is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else clean(str(value))
