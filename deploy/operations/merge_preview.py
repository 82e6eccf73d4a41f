"""What a merge will do, before it is done: by the code that does it, and nothing is entered."""

from typing import NamedTuple

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.changes import Merge
from consent_ledger.consent.merges import plan_merge
from consent_ledger.consent.reconciling import ReconciledStanding
from consent_ledger.journal.disclosures import records_shown
from consent_ledger.register.participants import ToldOf, how_much_is_told
from consent_ledger.register.passport_numbers import in_order
from consumers.passport.conflicts import (
    PassportConflict,
    SharedService,
    conflicts_between,
    shared_services,
)
from consumers.passport.view import see_all_that_is_held, view
from deploy.hub import Hub
from schemas.identifiers import AgreementId, PassportNumber


class TrayOfBoth(NamedTuple):
    """How many records a tray shows of each number now, that which is merged first.

    Those of the first are retracted and written under the other number, as far as they stay open.
    """

    agreement_id: AgreementId
    recipient: str
    records: tuple[int, int]


class MergePreview(NamedTuple):
    """What is known of both numbers, that which is merged first, and what would change.

    `consents` are the standings that are made the narrower. `were_told_apart`: somebody has said
    that they are two people, which the merge takes back.
    """

    numbers: tuple[PassportNumber, PassportNumber]
    told: tuple[ToldOf, ToldOf]
    conflicts: list[PassportConflict]
    services: list[SharedService]
    trays: list[TrayOfBoth]
    consents: list[ReconciledStanding]
    were_told_apart: bool


def preview_merge(hub: Hub, merge: Merge) -> MergePreview:
    """Return what a merge would do; the numbers are locked while it is worked out.

    BusError where it cannot be made.
    """
    both = merge.number, merge.into
    with hub.ledger.begin() as tx:
        plan = plan_merge(tx, *both)
        were_told_apart = in_order(*both) in tx.told_apart(both)
        connection = tx.connection
        told = how_much_is_told(connection, both)
        shown = {number: records_shown(connection, number) for number in both}
        agreements = read_agreements(connection).agreements
        first, second = (
            view(connection, hub.vault, number, see_all_that_is_held) for number in both
        )
    trays = [
        TrayOfBoth(
            agreement_id,
            agreements[agreement_id].agreement.recipient_name,
            (shown[merge.number].get(agreement_id, 0), shown[merge.into].get(agreement_id, 0)),
        )
        for agreement_id in sorted(shown[merge.number].keys() | shown[merge.into].keys())
    ]
    return MergePreview(
        both,
        (told[merge.number], told[merge.into]),
        conflicts_between(first, second),
        shared_services(first, second),
        trays,
        plan.reconciled,
        were_told_apart,
    )
