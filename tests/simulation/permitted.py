"""What the ledger permits, state by state: a plain model, worked out from its leaves alone.

It knows nothing of how the bus decides, and decides nothing: it only says what a record that is
appended, or still stands, would have to be to be permitted.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from schemas.codec import decode
from schemas.field_forms import FIELD_KINDS, FieldForm, Shape
from schemas.framing import schema_id_of
from schemas.identifiers import AgreementId, EventId, ProviderId, TopicName
from schemas.registry import schema_by_id
from tests.histories import cast

State = Mapping[tuple[str, str], Any]
"""What is in force after an entry: terms, services, and how somebody stands to an agreement."""

_NOTHING: frozenset[str] = frozenset()
_EMPTY = (None, "", 0, "unspecified")
_read = lru_cache(maxsize=50_000)(json.loads)
_moment = lru_cache(maxsize=50_000)(datetime.fromisoformat)


class Shown(NamedTuple):
    """What a record of a tray shows of somebody, in whose name; and both as leaves write them.

    `event_id` is the event's own, under which the journal has it.
    `wrong` says what no record may show, whatever is granted.
    """

    agreement: AgreementId
    person: cast.Somebody
    name: cast.Somebody
    event_id: EventId
    subject: str
    named: str
    provider: ProviderId
    service: str
    event: str
    blocks: frozenset[str]
    wrong: str


class Permissions:
    """The ledger's states, the first before any entry; `leaves` are there already."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._states: list[State] = list(_beginning(tuple(leaves)))

    def read(self, leaves: Sequence[bytes]) -> None:
        """Follow the ledger up to its end."""
        for leaf in leaves[len(self._states) - 1 :]:
            self._states.append(_after(self._states[-1], _read(leaf)))

    def terms(self, agreement_id: AgreementId, since: int) -> list[Mapping[str, Any]]:
        """Return an agreement's terms in each state from that entry on; none are before it."""
        return [state.get(("agreement", agreement_id), {}) for state in self._states[since:]]

    def allow(self, shown: Shown, since: int, moments: Collection[datetime]) -> bool:
        """Tell whether a record is permitted in a state from that entry on, at one of the moments.

        Args:
            shown: the record.
            since: so many entries had been made in the oldest state that counts.
            moments: times of day by the clock that decided.

        """
        return any(
            shown.blocks <= _opened(state, shown, moment)
            for state in self._states[since:]
            for moment in moments
        )


@lru_cache(maxsize=10)
def _beginning(leaves: tuple[bytes, ...]) -> Sequence[State]:
    states: list[State] = [{}]
    for leaf in leaves:
        states.append(_after(states[-1], _read(leaf)))
    return states


def _after(state: State, fact: Mapping[str, Any]) -> State:
    after = dict(state)
    kind = fact["kind"]
    if kind == "agreement":
        after["agreement", fact["agreement"]] = fact["terms"]
    elif kind == "service":
        after["service", fact["service"]] = fact["sensitive"]
    elif kind == "erased":
        after["erased", fact["subject"]] = True
    elif kind == "merged":
        after["name", fact["subject"]] = fact["into"]
    elif kind == "unmerged" and "agreement" not in fact:
        after["name", fact["subject"]] = fact["subject"]
    elif "subject" in fact and "agreement" in fact:
        after[fact["subject"], fact["agreement"]] = fact
    return after


def _opened(state: State, shown: Shown, at: datetime) -> frozenset[str]:
    """Return the blocks that may be open in a record about this event, in a state at a moment."""
    terms = state.get(("agreement", shown.agreement))
    subject = shown.subject
    if terms is None or ("erased", subject) in state or shown.event not in terms["events"]:
        return _NOTHING
    if state.get(("name", subject), subject) != shown.named:
        return _NOTHING
    begun = _moment(terms["valid_from"]) <= at
    over = terms["valid_until"] is not None and _moment(terms["valid_until"]) <= at
    if terms["ended"] or over or not begun:
        return _NOTHING
    standing = state.get((subject, shown.agreement))
    told = terms["applies_to"] == "everyone" or (standing is not None and standing["informed"])
    objects = standing is not None and standing["objected"]
    consents = standing["granted"] if standing and _reaches(standing, shown, at) else ()
    may: dict[str, Callable[[str], bool]] = {
        "consent": lambda category: category in consents,
        "public-task": lambda _: told and not objects,
        "legal-obligation": lambda _: told,
    }
    opened = {one for one, on in terms["categories"].items() if may[on["basis"]](one)}
    is_sensitive = state.get(("service", shown.service), True)
    gate = "sensitive-participation" if is_sensitive else "participation"
    return frozenset(opened | {"participation"}) if gate in opened else _NOTHING


def _reaches(standing: Mapping[str, Any], shown: Shown, at: datetime) -> bool:
    """Tell whether a consent holds at that moment for what this provider knows."""
    if standing["until"] is not None and _moment(standing["until"]) <= at:
        return False
    return _digest(shown.person.salt, shown.provider) not in standing["except"]


@lru_cache(maxsize=100)
def _digest(salt: bytes, provider_id: ProviderId) -> str:
    return hashlib.sha256(salt + provider_id.encode()).hexdigest()


@lru_cache(maxsize=50_000)
def shown(topic: TopicName, key: bytes, value: bytes) -> Shown:
    """Return what a record of an out-tray shows, and what is wrong with it in any case."""
    agreement = AgreementId(topic.removeprefix("out."))
    fields = decode(value)
    blocks = {name: block for name, block in fields.items() if isinstance(block, dict)}
    source = blocks.pop("source", None)
    terms = cast.agreements(0)[agreement]
    wrong = ""
    if key != f"{fields['participant_id']}|{fields['event_id']}".encode():
        wrong = "it stands under another key"
    elif fields["revision"] or fields["recorded_at"].timestamp():
        wrong = "it says that something has changed"
    elif terms.pseudonymous and (source or fields["referral_ref"] or _is_precise(fields)):
        wrong = "it can be joined to somebody"
    if terms.pseudonymous:
        for block, held in blocks.items():
            if not _is_coarse(block, held, terms.fields):
                wrong = f"{block} is as it came in"
    name, person, event_id = cast.names(agreement)[fields["participant_id"], fields["event_id"]]
    return Shown(
        AgreementId(agreement),
        person,
        name,
        event_id,
        str(person.ledger_id),
        str(name.ledger_id),
        fields["provider_id"],
        fields["participation"]["service_id"],
        schema_by_id(schema_id_of(value)).event,
        frozenset(blocks),
        wrong,
    )


def _is_precise(fields: Mapping[str, Any]) -> bool:
    moments: Iterable[Any] = (one for one in fields.values() if isinstance(one, datetime))
    return any(one.timestamp() % 86_400 for one in moments)


def _is_coarse(path: str, value: Any, forms: Mapping[str, FieldForm]) -> bool:
    """Tell whether a field is empty, or as coarse as under a pseudonym, and shared."""
    if isinstance(value, list):
        return all(_is_coarse(path, item, forms) for item in value)
    if isinstance(value, dict):
        return all(_is_coarse(f"{path}.{name}", item, forms) for name, item in value.items())
    if forms.get(path, FieldForm.LEFT_OUT) is FieldForm.LEFT_OUT:
        return value in _EMPTY
    known = FIELD_KINDS[path]
    if known.kind is Shape.BIRTH:
        return value is None or (value.year % 5, value.month, value.day) == (0, 1, 1)
    if known.kind is Shape.TEXT:
        return value in {None, "", "present"}
    return not known.codes or value in known.codes or not value
