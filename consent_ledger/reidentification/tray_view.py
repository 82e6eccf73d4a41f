"""An out-tray as its reader has it: what each record shows, when it came, and where it stands."""

import json
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, Final, NamedTuple, Protocol

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.redaction.redactor import Redactor
from schemas.categories import BLOCKS, Category, mask_of
from schemas.codec import decode, encode_fields, walk
from schemas.framing import schema_id_of
from schemas.identifiers import PassportNumber
from schemas.registry import schema_by_id
from schemas.trays import is_tick, split_out_key

_EVERY_BLOCK: Final = mask_of(Category)
_NO_PEPPER: Final = bytes(32)
_SOMEBODY: Final = PassportNumber("NWD-SAMP-1E00-9")
"""A tray's own names and a revision of 0 are nothing that could be published."""


class ReadRecord(Protocol):
    """A record as Kafka gives it to a reader."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def timestamp_ms(self) -> int:
        """Its Kafka timestamp, in milliseconds since 1970."""

    @property
    def key(self) -> bytes:
        """Its key."""

    @property
    def value(self) -> bytes | None:
        """Its framed value; None of a tombstone."""


class ShownFacts(NamedTuple):
    """What a record says of an event, without the names of the holder and of the event.

    `day` is ISO 8601. `blocks` has the content of each open block as JSON, by the block's name.
    """

    event: str
    provider: str
    service: str
    stage: str
    day: str
    blocks: tuple[tuple[str, str], ...]

    @property
    def month(self) -> str:
        """Year and month."""
        return self.day[:7]


class Seen(NamedTuple):
    """A record that came; without facts it is a tombstone.

    `holder` is what the tray calls the person, the journey or the event that it is about.
    """

    holder: str
    key: bytes
    partition: int
    timestamp_ms: int
    facts: ShownFacts | None


class TrayView:
    """Everything that came in a tray: `came` in the order of offsets, partition by partition."""

    def __init__(self, came: Iterable[Seen]) -> None:
        self.came: Final = tuple(came)

    @cached_property
    def standing(self) -> list[Seen]:
        """The records that have a value now."""
        last = {record.key: record for record in self.came}
        return [record for record in last.values() if record.facts is not None]

    @cached_property
    def holders(self) -> set[str]:
        """Everybody who has a record now, in the tray's own names."""
        return {record.holder for record in self.standing}


def view_of(
    records: Iterable[ReadRecord], as_in: Agreement | None = None, services: Collection[str] = ()
) -> TrayView:
    """Return what a reader sees in a tray.

    Args:
        records: the tray's, each partition in the order of its offsets.
        as_in: another agreement, which is no secret: whoever knows it can make what they read as
            coarse as its tray is, and leave out what it does not share. Ids apart, the two can be
            compared then.
        services: those of the directory, where there is another agreement.

    """
    return TrayView(_seen(records, None if as_in is None else _Coarser(as_in, services)))


class _Coarser:
    """Makes a record as coarse as an agreement's tray is, but for names: those need the pepper."""

    def __init__(self, agreement: Agreement, services: Collection[str]) -> None:
        self._events = agreement.events
        self._redactor = Redactor(agreement, _NO_PEPPER, services)

    def shares(self, value: bytes) -> bool:
        return schema_by_id(schema_id_of(value)).event in self._events

    def coarsen(self, value: bytes) -> bytes:
        published = decode(value) | {"participant_id": _SOMEBODY, "revision": 1}
        event = walk(encode_fields(schema_by_id(schema_id_of(value)), published))
        return self._redactor.value(event, _EVERY_BLOCK, _SOMEBODY)


def _seen(records: Iterable[ReadRecord], coarser: _Coarser | None) -> Iterable[Seen]:
    holders: dict[bytes, str] = {}
    for record in records:
        key, value = record.key, record.value
        if is_tick(key) or (value is not None and coarser and not coarser.shares(value)):
            continue
        facts = None
        if value is not None:
            holders[key] = decode(value)["participant_id"]
            facts = facts_of(coarser.coarsen(value) if coarser else value)
        holder = holders.get(key) or split_out_key(key)[0]
        yield Seen(holder, key, record.partition, record.timestamp_ms, facts)


def facts_of(value: bytes) -> ShownFacts:
    """Return what a framed value says, ids left out."""
    fields = decode(value)
    participation = fields[Category.PARTICIPATION] or {}
    return ShownFacts(
        event=schema_by_id(schema_id_of(value)).event,
        provider=fields["provider_id"],
        service=str(participation.get("service_id")),
        stage=str(participation.get("stage")),
        day=fields["occurred_at"].date().isoformat(),
        blocks=tuple(
            (block.value, _content(fields[block])) for block in BLOCKS if fields[block] is not None
        ),
    )


def _content(block: Any) -> str:
    return json.dumps(block, default=str, sort_keys=True)
