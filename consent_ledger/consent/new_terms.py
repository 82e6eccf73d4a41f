"""Entering reviewed agreements and services in the ledger: from then on they count."""

from collections.abc import Sequence
from typing import Any

from consent_ledger.agreements.agreement import Agreement, AgreementError, check_readers
from consent_ledger.agreements.in_force import InForce
from consent_ledger.agreements.services import Directory
from consent_ledger.consent.standing_entries import standing_entry
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, record
from consent_ledger.register.passport_numbers import active
from schemas.categories import Mask


def enter_agreements(tx: LedgerTransaction, agreements: Sequence[Agreement]) -> list[str]:
    """Enter each agreement version that is not in the ledger yet; return their ids.

    Raises AgreementError when a version was entered before with another content, or is older than
    the newest: an agreement only changes by a higher version; its pseudonyms stand for something
    else than the newest's; or an organisation would read a pseudonymous tray beside a named one.
    """
    in_force = tx.agreements_in_force().agreements
    known = {agreement_id: version.agreement for agreement_id, version in in_force.items()}
    check_readers((known | {agreement.id: agreement for agreement in agreements}).values())
    new = [agreement for agreement in agreements if _is_new(agreement, in_force.get(agreement.id))]
    seqs = record(
        tx,
        [
            NewEntry(
                EntryKind.AGREEMENT, agreement_id=agreement.id, facts={"terms": body_of(agreement)}
            )
            for agreement in new
        ],
    )
    for agreement, seq in zip(new, seqs, strict=True):
        tx.add_version(agreement, body_of(agreement), seq)
        if agreement.id in in_force:
            _close_what_is_dropped(tx, in_force[agreement.id].agreement, agreement)
    return [agreement.id for agreement in new]


def enter_services(tx: LedgerTransaction, directory: Directory) -> list[str]:
    """Enter providers, and services that are new or marked differently; return their ids."""
    for provider in directory.providers:
        tx.set_provider(provider)
    known = tx.agreements_in_force().services
    changed = [
        service
        for service in directory.services
        if service.id not in known or known[service.id].is_sensitive is not service.sensitive
    ]
    seqs = record(
        tx,
        [
            NewEntry(
                EntryKind.SERVICE, service_id=service.id, facts={"sensitive": service.sensitive}
            )
            for service in changed
        ],
    )
    marked_by = {service_id: mark.seq for service_id, mark in known.items()}
    marked_by |= zip((service.id for service in changed), seqs, strict=True)
    for service in directory.services:
        tx.set_service(service, marked_by[service.id])
    return [service.id for service in changed]


def body_of(agreement: Agreement) -> dict[str, Any]:
    """Return the agreement as JSON with its lists sorted, so that it has one form."""
    body = agreement.model_dump(mode="json")
    body["events"] = sorted(body["events"])
    return body


def _close_what_is_dropped(tx: LedgerTransaction, old: Agreement, new: Agreement) -> None:
    """Narrow each grant of a category for which the agreement no longer asks consent.

    If a later version asks for it again, it is closed until people are asked again.
    """
    dropped = Mask(old.consent_mask & ~new.consent_mask)
    rows = tx.participants_granting(new.id, dropped)
    entries, after = [], []
    for row in rows:
        who, salt = active(row)
        left = tx.standing(who.participant_id, new.id).without(dropped)
        entries.append(standing_entry(EntryKind.NARROWED, who, salt, new, left))
        after.append(left)
    for row, left, seq in zip(rows, after, record(tx, entries), strict=True):
        tx.set_standing(row.participant_id, new.id, left._replace(seq=seq))


def _is_new(agreement: Agreement, known: InForce | None) -> bool:
    if known is None:
        return True
    if agreement.version > known.agreement.version:
        # records that are shown under the pseudonyms of the one kind could never be retracted by
        # the other
        if agreement.pseudonym is not known.agreement.pseudonym:
            raise AgreementError(
                f"{agreement.id} cannot become pseudonymous, cease to be, or change what its"
                " pseudonyms stand for.",
                "End it, and enter an agreement of another id.",
            )
        return True
    if agreement == known.agreement:
        return False
    raise AgreementError(
        f"{agreement.id} version {agreement.version} differs from what the ledger holds.",
        f"The ledger holds version {known.agreement.version}; what is changed needs a higher one.",
    )
