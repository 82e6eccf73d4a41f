"""Redactor: an event's bytes in, the bytes one recipient may see out.

Open blocks are copied as they are, closed ones become null: nothing is decoded but a block of
which an agreement shares some fields alone, which every block of a pseudonymous one is.
"""

import io
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import fastavro

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.redaction.generalisation import Fields, beginning, generalise_block
from consent_ledger.redaction.pseudonyms import Pseudonyms
from schemas.categories import BLOCKS, Category, Mask
from schemas.codec import FIELD_AT, WalkedEvent
from schemas.derivation import derived_event_id, derived_token
from schemas.field_forms import FieldForm
from schemas.framing import HEADER_BYTES
from schemas.identifiers import EventId, PassportNumber, TrayName
from schemas.registry import LockedSchema
from schemas.walk import write_long

_NULL: Final = b"\x00"
_ZERO: Final = b"\x00"
_PROVIDER: Final = FIELD_AT["provider_id"]
_REVISION: Final = FIELD_AT["revision"]
_OCCURRED: Final = FIELD_AT["occurred_at"]
_RECORDED: Final = FIELD_AT["recorded_at"]
_SOURCE: Final = FIELD_AT["source"]
_FIRST_BLOCK: Final = FIELD_AT[BLOCKS[0]]
_BLOCKS: Final = tuple((FIELD_AT[category], int(category.bit), category) for category in BLOCKS)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class EventIdentity(Protocol):
    """An event's ids: all that its key in a tray is made of."""

    @property
    def participant_id(self) -> PassportNumber:
        """Whose it is."""

    @property
    def event_id(self) -> EventId:
        """Its id."""


class Redactor:
    """How events look in one agreement's tray."""

    def __init__(
        self, agreement: Agreement, pepper: bytes, services: Collection[str] = frozenset()
    ) -> None:
        """Take the services that the ledger knows: no other is named in a pseudonymous tray."""
        self._pseudonyms = (
            Pseudonyms(pepper, agreement.id, agreement.pseudonym) if agreement.pseudonym else None
        )
        self._merged_pepper = derived_token(pepper, "merged")
        self._forms = agreement.fields
        self._coarse = agreement.coarse
        self._services = services
        self._compiled: dict[tuple[int, Category], Callable[[bytes], bytes] | None] = {}

    @property
    def is_named(self) -> bool:
        """Whether keys hold the number that a person is shown under, and no pseudonym."""
        return self._pseudonyms is None

    @property
    def is_plain(self) -> bool:
        """Whether the bytes depend only on the mask: no pseudonyms, nothing coarser."""
        return self._pseudonyms is None and not self._coarse

    def names(self, event: EventIdentity, shown_as: PassportNumber) -> tuple[TrayName, EventId]:
        """Return participant and event id as they stand in the key of a record of this tray.

        They depend on nothing that the event says. One shown under another number has another id
        as well: the same provider may have published one of the same id under each of the two.
        """
        event_id = event.event_id
        if shown_as != event.participant_id:
            event_id = derived_event_id(self._merged_pepper, event.participant_id, event_id)
        if self._pseudonyms is None:
            return shown_as, event_id
        event_id = self._pseudonyms.event(shown_as, event_id)
        return self._pseudonyms.in_key(shown_as, event_id), event_id

    def occurred_at_ms(self, event: WalkedEvent) -> int:
        """Return when the event happened, as this tray may know it."""
        if self._pseudonyms is None:
            return event.occurred_at_ms
        form = self._forms.get("occurred_at", FieldForm.LEFT_OUT)
        if form is FieldForm.LEFT_OUT:
            return 0
        day: datetime = beginning(_EPOCH + event.occurred_at_ms * _MILLISECOND, form)
        return (day - _EPOCH) // _MILLISECOND

    def value(self, event: WalkedEvent, mask: Mask, shown_as: PassportNumber) -> bytes:
        """Return the framed value with the blocks of this mask open and all others null.

        `shown_as` is the number in its key.
        Revision and recording time are zero: they would show that something closed has changed.
        """
        value, at = event.value, event.offsets
        parts = self._envelope(event, shown_as)
        for place, bit, category in _BLOCKS:
            begin, end = at[place], at[place + 1]
            if not mask & bit or end - begin == 1:
                parts.append(_NULL)
                continue
            coarsen = self._coarsener(event.schema, place, category)
            block = value[begin:end]
            parts.append(coarsen(block) if coarsen else block)
        return b"".join(parts)

    def _envelope(self, event: WalkedEvent, shown_as: PassportNumber) -> list[bytes]:
        value, at = event.value, event.offsets
        names = value[: at[_PROVIDER]]
        if self._pseudonyms or shown_as != event.participant_id:
            participant, event_id = self.names(event, shown_as)
            if self._pseudonyms:
                participant = self._pseudonyms.in_value(shown_as, event_id, event)
            names = value[:HEADER_BYTES] + _text(event_id) + _text(participant)
        provider = value[at[_PROVIDER] : at[_REVISION]]
        if self._pseudonyms is None:
            occurred_at = value[at[_OCCURRED] : at[_RECORDED]]
            source = value[at[_SOURCE] : at[_FIRST_BLOCK]]
        else:
            if self._forms.get("provider_id") is not FieldForm.AS_IS:
                provider = _text("")
            occurred_at = write_long(self.occurred_at_ms(event))
            source = _NULL + _NULL  # source and referral_ref
        return [names, provider, _ZERO, occurred_at, _ZERO, source]

    def _coarsener(
        self, schema: LockedSchema, place: int, category: Category
    ) -> Callable[[bytes], bytes] | None:
        known = schema.id, category
        if known not in self._compiled:
            compiled = None
            if self._pseudonyms or category in self._coarse:
                block = schema.json["fields"][place]["type"][1]
                compiled = _recode(
                    block, generalise_block(category, block, self._forms, self._services)
                )
            self._compiled[known] = compiled
        return self._compiled[known]


def _recode(
    block: Mapping[str, Any], generalise: Callable[[Fields], Fields | None]
) -> Callable[[bytes], bytes]:
    """Return a function from a block's bytes, union index included, to its coarser bytes."""
    parsed = fastavro.parse_schema(["null", dict(block)])

    def recode(data: bytes) -> bytes:
        fields: Any = fastavro.schemaless_reader(io.BytesIO(data), parsed, parsed)
        out = io.BytesIO()
        fastavro.schemaless_writer(out, parsed, generalise(fields))
        return out.getvalue()

    return recode


def _text(text: str) -> bytes:
    data = text.encode()
    return write_long(len(data)) + data
