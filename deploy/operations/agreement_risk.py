"""How far a pseudonymous tray of this bus can be joined with its named trays: counts, and no names.

The trays are read as the audit reads them. The hub, which holds the pepper, tells right claims from
wrong ones: a reader of the two trays cannot.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.reidentification.claims import Owners, Scored, score
from consent_ledger.reidentification.joins import Method, claims_by
from consent_ledger.reidentification.owners import owners_in
from consent_ledger.reidentification.tray_view import TrayView, view_of
from consent_ledger.reidentification.uniqueness import people_by_group
from consumers.tray_reader import read_tray
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from schemas.errors import BusError
from schemas.identifiers import AgreementId
from schemas.trays import is_of_a_probe, out_tray

OnProgress = Callable[[str, int], None]
"""Is told what is done at present, and how much of it is done."""


class RiskError(BusError):
    """Agreements that cannot be measured."""


class Joined(NamedTuple):
    """What a reader of a named tray as well can claim: `people` are in it."""

    other: AgreementId
    people: int
    by_method: Mapping[Method, Scored]


class Risk(NamedTuple):
    """What a pseudonymous tray gives away. `alike` counts people by how many are shown alike."""

    agreement_id: AgreementId
    alike: Mapping[str, int]
    joined: list[Joined]

    @property
    def people(self) -> int:
        """How many people are in the tray."""
        return sum(self.alike.values())


def measure_risk(
    hub: Hub, agreement_id: AgreementId, other: AgreementId | None, on_progress: OnProgress
) -> Risk:
    """Measure a pseudonymous tray: alone, and beside another tray or each one with names.

    Raises RiskError when there is no such agreement, or it shows names; TrayError when a tray
    cannot be read; UnsealError when the journal cannot be.
    """
    with hub.ledger.begin() as tx:
        in_force = tx.agreements_in_force()
    agreements = {name: found.agreement for name, found in in_force.agreements.items()}
    agreement = _found(agreements, agreement_id)
    if agreement.pseudonym is None:
        raise RiskError(
            f"{agreement_id} shows passport numbers: nobody in it has to be found again.",
            "Measure one under pseudonyms: `nwd agreements list` says which are.",
        )
    others = [_found(agreements, other)] if other else _named(agreements)
    services = in_force.services.keys()

    def owners(of: Agreement) -> Owners:
        return owners_in(
            PostgresStore(hub.engine),
            hub.vault,
            hub.secrets.pepper,
            of,
            partitions=hub.settings.partitions,
            services=services,
            on_people=lambda count: on_progress(f"Reading whose the names in {of.id} are", count),
        )

    def view(of: Agreement, as_in: Agreement | None = None) -> TrayView:
        on_progress(f"Reading {out_tray(of.id)}", 0)
        return view_of(read_tray(hub.kafka(HubUser.OPERATOR), out_tray(of.id)), as_in, services)

    tray, truth = view(agreement), owners(agreement)
    joined = []
    for named in others:
        beside, names = view(named, agreement), owners(named)
        on_progress(f"Joining {agreement_id} with {named.id}", 0)
        by_method = {
            method: score(claims_by(method, beside, tray, agreement), names, truth)
            for method in Method
        }
        joined.append(Joined(named.id, len(beside.holders), by_method))
    return Risk(agreement_id, people_by_group(tray, truth), joined)


def _found(agreements: Mapping[AgreementId, Agreement], agreement_id: AgreementId) -> Agreement:
    if agreement_id not in agreements:
        raise RiskError(
            f"The ledger holds no agreement {agreement_id}.",
            f"It holds: {', '.join(sorted(agreements))}.",
        )
    return agreements[agreement_id]


def _named(agreements: Mapping[AgreementId, Agreement]) -> list[Agreement]:
    return [
        agreement
        for name, agreement in sorted(agreements.items())
        if agreement.pseudonym is None and not agreement.ended and not is_of_a_probe(name)
    ]
