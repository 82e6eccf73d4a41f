"""What a participant's receipts are made of: each change, under the terms it was made on.

It is read only from the ledger's entries. `receipt_document` writes a receipt as JSON.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.agreements.in_force import AgreementsInForce, InForce
from consent_ledger.agreements.ledger_form import agreement_in_ledger
from consent_ledger.consent.access import access_by_agreement
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.remaining_access import RemainingAccess, remaining_access
from consent_ledger.ledger.enforcement import is_part_of
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.register.passport_numbers import subject
from consent_ledger.tables.consent import agreement_version, change
from consent_ledger.tables.transparency_log import entry
from schemas.categories import NOTHING, Category, Mask, category, mask_of
from schemas.identifiers import AgreementId, LedgerIndex, OrganisationId, PassportNumber

_ENDS: Final = frozenset({EntryKind.WITHDRAWN, EntryKind.REFUSED, EntryKind.EXPIRED})


@dataclass(frozen=True)
class Controller:
    """Who answers for the bus: what a person needs to reach them."""

    name: str
    contact: str
    address: str


class StatedChange(NamedTuple):
    """One entry about a participant and an agreement; `granted` is what is granted after it.

    `requested` is what they were asked for, where that is what the entry says; `captured_by` the
    organisation whose own credential entered it, if one did; `still_open` what the same recipient
    still saw after something was closed.
    """

    seq: LedgerIndex
    kind: EntryKind
    at: datetime
    granted: tuple[Category, ...]
    until: datetime | None
    left_out: int
    is_informed: bool
    has_objected: bool
    leaf: bytes
    requested: tuple[Category, ...] = ()
    captured_by: OrganisationId | None = None
    still_open: tuple[RemainingAccess, ...] = ()


class Receipt(NamedTuple):
    """One change, the last of `changes`, with those before it, under the terms it was made on."""

    ledger_id: UUID
    agreement: Agreement
    changes: tuple[StatedChange, ...]

    @property
    def change(self) -> StatedChange:
        """The change that the receipt is for."""
        return self.changes[-1]

    @property
    def reaches_without_consent(self) -> bool:
        """Whether what does not rest on consent reaches the person: see `Agreement.applies_to`."""
        return self.agreement.applies_to == "everyone" or self.change.is_informed

    @property
    def concerned(self) -> tuple[Category, ...]:
        """The categories that consent was given or asked for, or that were closed when it ended."""
        last = self.change
        if last.kind is EntryKind.REQUESTED:
            return tuple(one for one in Category if one in last.granted + last.requested)
        if last.granted or last.kind not in _ENDS or len(self.changes) == 1:
            return last.granted
        return self.changes[-2].granted


def receipts_of(
    connection: Connection, participant_id: PassportNumber, agreement_id: AgreementId | None = None
) -> list[Receipt]:
    """Return a receipt for each change that a participant made, the newest first.

    Raises RegisterError when the number was never issued, or the person was erased.
    """
    who = subject(connection, participant_id)
    rows = connection.execute(
        select(change.c.seq, change.c.agreement_id, entry.c.leaf)
        .join(entry, entry.c.seq == change.c.seq)
        .where(change.c.participant_id == participant_id, change.c.agreement_id.is_not(None))
        .order_by(change.c.seq)
    ).all()
    versions = _versions(connection, {about.partition(".")[0] for _, about, _ in rows})
    said: dict[AgreementId, tuple[StatedChange, ...]] = {}
    found = []
    for seq, about, leaf in rows:
        terms = _terms_before(versions, seq)
        before = said.get(about, ())
        after = {one: _standing(changes[-1]) for one, changes in said.items()}
        made = _change(seq, bytes(leaf))
        after[about] = _standing(made)
        agreement = terms.agreements[about].agreement
        closed, basis = _closed(agreement, before[-1] if before else None, made)
        if closed:
            opened = access_by_agreement(terms, after, made.at)
            made = made._replace(
                still_open=tuple(remaining_access(agreement, closed, basis, opened))
            )
        said[about] = (*before, made)
        found.append(Receipt(who.ledger_id, agreement, said[about]))
    return [one for one in found[::-1] if agreement_id in (None, one.agreement.id)]


def remaining_access_after(connection: Connection, seq: LedgerIndex) -> list[RemainingAccess]:
    """Return what was still open after a change, over all numbers that it was entered for."""
    parts = connection.execute(
        select(change.c.seq, change.c.participant_id, change.c.agreement_id)
        .where(
            is_part_of(seq),
            change.c.participant_id.is_not(None),
            change.c.agreement_id.is_not(None),
        )
        .order_by(change.c.seq)
    ).all()
    found: dict[str, RemainingAccess] = {}
    for part in parts:
        for receipt in receipts_of(connection, part.participant_id, part.agreement_id):
            if receipt.change.seq != part.seq:
                continue
            for access in receipt.change.still_open:
                before = found.get(access.agreement.id, access)
                merged = before.categories | access.categories
                found[access.agreement.id] = access._replace(categories=merged)
    return list(found.values())


def _versions(connection: Connection, recipients: set[str]) -> list[InForce]:
    """Return every version of every agreement with these recipients, in the ledger's order."""
    recipient = func.split_part(agreement_version.c.agreement_id, ".", 1)
    rows = connection.execute(
        select(agreement_version.c.body, agreement_version.c.seq)
        .where(recipient.in_(sorted(recipients)))
        .order_by(agreement_version.c.seq)
    )
    return [InForce(agreement_in_ledger(row.body), row.seq) for row in rows]


def _terms_before(versions: Sequence[InForce], seq: LedgerIndex) -> AgreementsInForce:
    newest = {one.agreement.id: one for one in versions if one.seq < seq}
    return AgreementsInForce(newest, {}, frozenset())


def _standing(stated: StatedChange) -> Standing:
    """Return the standing after a change; the providers left out are only digests in the ledger."""
    return Standing(
        mask_of(stated.granted),
        stated.until,
        is_informed=stated.is_informed,
        has_objected=stated.has_objected,
        seq=stated.seq,
    )


def _closed(
    agreement: Agreement, before: StatedChange | None, made: StatedChange
) -> tuple[Mask, Basis]:
    """Return which categories a change closed, and on which basis they had been open."""
    if made.kind is EntryKind.OBJECTED:
        return agreement.public_task_mask, Basis.PUBLIC_TASK
    held = mask_of(before.granted) if before else NOTHING
    return Mask(held & ~mask_of(made.granted)), Basis.CONSENT


def _change(seq: LedgerIndex, leaf: bytes) -> StatedChange:
    fact: dict[str, Any] = json.loads(leaf)
    until = fact["until"]
    return StatedChange(
        seq,
        EntryKind(fact["kind"]),
        datetime.fromisoformat(fact["at"]),
        tuple(map(category, fact["granted"])),
        datetime.fromisoformat(until) if until else None,
        len(fact["except"]),
        fact["informed"],
        fact["objected"],
        leaf,
        tuple(map(category, fact.get("requested", ()))),
        fact.get("captured_by"),
    )
