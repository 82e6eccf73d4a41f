"""The journal's rows: each opened, and what it holds held against the columns beside it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.audit.differences import Difference, DifferenceKind, WrongPart
from consent_ledger.audit.encoded_fields import EncodedFields
from consent_ledger.audit.facts import AuditedPerson
from consent_ledger.audit.stored_facts import StoredEvent
from consent_ledger.journal.vault import UnsealError, Vault, unseal
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber


class JournalEvent(NamedTuple):
    """An event by its highest revision; `opened` is None where that row cannot be believed.

    `earlier` are the revisions before it, of which some may still stand in a tray.
    """

    person: AuditedPerson
    row: StoredEvent
    opened: EncodedFields | None
    earlier: tuple[EncodedFields, ...] = ()


def open_events(
    rows: Iterable[StoredEvent],
    people: Mapping[PassportNumber, AuditedPerson],
    vault: Vault,
    found: list[Difference],
) -> Iterator[JournalEvent]:
    """Yield each event of an active person; add to `found` what is wrong with the rows.

    An older revision decides nothing any more, and is held against its row all the same.
    """
    keys: dict[PassportNumber, AESGCM | None] = {}
    last: JournalEvent | None = None
    for row in rows:
        person = people.get(row.participant_id)
        if person is None:
            continue
        if row.participant_id not in keys:
            keys = {row.participant_id: _key_of(person, vault, found)}  # rows come by person
        earlier: tuple[EncodedFields, ...] = ()
        if last is not None and last.row[:2] != row[:2]:
            yield last
        elif last is not None:
            earlier = last.earlier + ((last.opened,) if last.opened else ())
        key = keys[row.participant_id]
        opened = None if key is None else _open(row, key, vault, found)
        last = JournalEvent(person, row, opened, earlier)
    if last is not None:
        yield last


def _key_of(person: AuditedPerson, vault: Vault, found: list[Difference]) -> AESGCM | None:
    try:
        return vault.open_key(person.sealed_key, person.participant_id)
    except UnsealError:
        name = person.pseudonym
        found.append(
            Difference(
                WrongPart.PARTICIPANTS, DifferenceKind.UNREADABLE, name, what=("sealed_key",)
            )
        )
        return None


def _open(
    row: StoredEvent, key: AESGCM, vault: Vault, found: list[Difference]
) -> EncodedFields | None:
    value = _value(row, key)
    if value is None:
        found.append(
            Difference(WrongPart.JOURNAL, DifferenceKind.UNREADABLE, _name(row), what=("sealed",))
        )
        return None
    try:
        opened = EncodedFields(value)
    except MalformedError:
        found.append(
            Difference(WrongPart.JOURNAL, DifferenceKind.UNREADABLE, _name(row), what=("value",))
        )
        return None
    what = tuple(_unlike(row, opened.fields))
    if row.digest != vault.digest(value):
        what = (*what, "digest")
    if what:
        found.append(Difference(WrongPart.JOURNAL, DifferenceKind.DIFFERENT, _name(row), what=what))
    return None if set(what) - {"digest"} else opened


def _value(row: StoredEvent, key: AESGCM) -> bytes | None:
    """Return what was sealed for this place; rows of 0.1 were sealed for their event alone."""
    event = f"{row.participant_id}|{row.event_id}"
    for about in (f"{event}|{row.revision}|{row.provider_id}|{row.service_id}", event):
        with suppress(UnsealError):
            return unseal(key, row.sealed, about.encode())
    return None


def _unlike(row: StoredEvent, fields: dict[str, Any]) -> Iterator[str]:
    beside = {**fields, "service_id": fields["participation"]["service_id"]}
    for name in ("participant_id", "event_id", "revision", "provider_id", "service_id"):
        if beside[name] != getattr(row, name):
            yield name


def _name(row: StoredEvent) -> str:
    return f"{row.participant_id}|{row.event_id}|{row.revision}"
