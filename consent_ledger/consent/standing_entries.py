"""Standings and the entries that change them: found and locked, then entered together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.ledger.entries import EntryKind, moment, salted_digests
from consent_ledger.ledger.ledger import NewEntry, Subject, record
from consent_ledger.register.passport_numbers import all_active
from schemas.categories import NOTHING, Mask, categories_of
from schemas.errors import BusError
from schemas.identifiers import AgreementId, LedgerIndex, OrganisationId, PassportNumber
from schemas.trays import for_people


class ConsentError(BusError):
    """A consent change that cannot be entered as asked. Nothing was changed."""


class UnknownAgreementError(ConsentError):
    """There is no agreement of that id."""


class UnknownProviderError(ConsentError):
    """There is no provider of that id."""


class PriorStanding(NamedTuple):
    """A number that a change is about, and its standing before."""

    who: Subject
    salt: bytes
    before: Standing

    def granted(self, now: datetime) -> Mask:
        """Return what was granted and has not run out."""
        return NOTHING if self.before.has_run_out(now) else self.before.granted


class Target(NamedTuple):
    """What a change is about: an agreement, and every number of one person."""

    agreement: Agreement
    numbers: Sequence[PriorStanding]


class StandingChange(NamedTuple):
    """What is entered of one number."""

    prior: PriorStanding
    kind: EntryKind
    after: Standing
    requested: Mask | None = None


def find_target(
    tx: LedgerTransaction, participant_id: PassportNumber, agreement_id: AgreementId
) -> Target:
    """Return the agreement, and the standing of each number of the person, locked.

    A change is computed from the standing before it, and must not miss another one.

    Raises RegisterError when the passport number was never issued, or the person was erased;
    UnknownAgreementError when there is no such agreement.
    """
    people = all_active(tx.numbers_of(participant_id))
    found = tx.standings_towards(agreement_id, [who.participant_id for who, _ in people])
    if found is None:
        known = for_people(tx.agreements_in_force().agreements)
        raise UnknownAgreementError(
            f"There is no agreement {agreement_id}.",
            "There are: " + ", ".join(known) + "." if known else "",
        )
    agreement, standings = found
    numbers = [PriorStanding(who, salt, standings[who.participant_id]) for who, salt in people]
    return Target(agreement, numbers)


def enter(
    tx: LedgerTransaction,
    agreement: Agreement,
    changes: Sequence[StandingChange],
    captured_by: OrganisationId | None = None,
) -> LedgerIndex:
    """Enter changes that belong together, at least one; return the index of the first entry."""
    entries = [
        standing_entry(
            change.kind,
            change.prior.who,
            change.prior.salt,
            agreement,
            change.after,
            requested=change.requested,
            captured_by=captured_by,
            is_part=place > 0,
        )
        for place, change in enumerate(changes)
    ]
    seqs = record(tx, entries)
    for seq, change in zip(seqs, changes, strict=True):
        number = change.prior.who.participant_id
        tx.set_standing(number, agreement.id, change.after._replace(seq=seq))
    return seqs[0]


def standing_entry(
    kind: EntryKind,
    who: Subject,
    salt: bytes,
    agreement: Agreement,
    after: Standing,
    *,
    requested: Mask | None = None,
    captured_by: OrganisationId | None = None,
    is_part: bool = False,
) -> NewEntry:
    """Return the entry that states a participant's standing towards an agreement from now on.

    Where they were asked for consent, it states the categories that they were asked for; where an
    organisation's own credential entered it, which one that was.
    """
    facts: dict[str, Any] = {
        "version": agreement.version,
        "granted": list(categories_of(after.granted)),
        "until": moment(after.until) if after.until else None,
        "except": salted_digests(salt, after.excluded),
        "informed": after.is_informed,
        "objected": after.has_objected,
    }
    if requested is not None:
        facts["requested"] = list(categories_of(requested))
    if captured_by is not None:
        facts["captured_by"] = captured_by
    return NewEntry(kind, who, agreement_id=agreement.id, facts=facts, is_part=is_part)
