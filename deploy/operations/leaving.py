"""An organisation that leaves: it may do nothing more, and what it was shown is retracted.

What closes comes first and is remembered, so that nothing opens again wherever it is cut short.
"""

from dataclasses import replace
from typing import NamedTuple

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.new_terms import enter_agreements
from consent_ledger.credentials.api_keys import revoke_keys_of, valid_keys
from consent_ledger.ledger.enforcement import enforced_of, wait_until_enforced
from deploy.broker.topics import DEAD_LETTER_DAYS, IN_TRAY_DAYS, TOMBSTONE_DAYS
from deploy.directory.joining import remove_listings_of
from deploy.home.access_lock import access_lock
from deploy.home.memberships import Membership, read_memberships, write_membership
from deploy.hub import Hub
from deploy.operations.broker_access import secure_broker
from deploy.operations.members import read_members
from deploy.operations.organisations import find_organisation
from schemas.identifiers import AgreementId, LedgerIndex, OrganisationId, ProviderId
from schemas.trays import dead_letters, in_tray, out_tray


class Kept(NamedTuple):
    """Something that stays when an organisation has left: how long, and why."""

    what: str
    until: str
    why: str


class LeavingPlan(NamedTuple):
    """What is to be done when an organisation leaves, and what stays.

    `agreements` are still to be ended; `api_keys` are still valid.
    """

    membership: Membership
    agreements: list[AgreementId]
    api_keys: list[str]
    kept: list[Kept]


class Left(NamedTuple):
    """What was done. `is_enforced` is whether every tray has been emptied already.

    `tombstones` were written for it; `named_still` is whether a reviewed file has it.
    """

    agreements: list[AgreementId]
    api_keys: list[str]
    is_enforced: bool
    tombstones: int
    named_still: bool


def plan_leaving(hub: Hub, organisation_id: str) -> LeavingPlan:
    """Return what is to be done, and what is kept; nothing is changed.

    Raises OrganisationError where there is no such organisation, or it has left.
    """
    membership = _membership(hub, organisation_id)
    read = _agreements_of(hub, organisation_id)
    with hub.engine.connect() as connection:
        keys = valid_keys(connection, hub.clock())
    return LeavingPlan(
        membership,
        [agreement.id for agreement in read.values() if not agreement.ended],
        [key.id for key in keys if key.organisation == organisation_id],
        _kept(membership, [agreement.id for agreement in read.values()]),
    )


def leave(hub: Hub, plan: LeavingPlan, timeout_seconds: float) -> Left:
    """Remove an organisation; called again it goes on where it was cut short.

    First it is remembered that it leaves; then Kafka refuses it, where the hub manages that; then
    its API keys and its agreements end in one transaction, by which the filter retracts all it was
    shown, and its listings leave the directory. `timeout_seconds` are waited for the filter.

    Raises as `secure_broker` does.
    """
    organisation_id = plan.membership.id
    leaving = replace(plan.membership, is_leaving=True)
    with access_lock(hub.settings.home):
        write_membership(hub.settings.home, leaving)
        members = read_members(hub.settings)
        secure_broker(hub.settings, hub.addresses, members)
        with hub.ledger.begin() as tx:
            keys = revoke_keys_of(tx, OrganisationId(organisation_id))
            read = _agreements_of(hub, organisation_id).values()
            ended = enter_agreements(tx, [_ending(one) for one in read if not one.ended])
        with hub.engine.begin() as connection:
            remove_listings_of(connection, ProviderId(organisation_id))
    entries = sorted(_agreements_of(hub, organisation_id))
    is_enforced = not entries or bool(wait_until_enforced(hub.engine, entries[-1], timeout_seconds))
    with hub.engine.connect() as connection:
        done = enforced_of(connection, entries).values()
    if is_enforced:
        write_membership(hub.settings.home, replace(leaving, has_left=True))
    return Left(
        [AgreementId(agreement_id) for agreement_id in ended],
        keys,
        is_enforced,
        sum(enforcement.tombstones for enforcement in done),
        organisation_id in members.named_still,
    )


def _ending(agreement: Agreement) -> Agreement:
    """Return the version by which an agreement ends."""
    return agreement.model_copy(update={"version": agreement.version + 1, "ended": True})


def _agreements_of(hub: Hub, organisation_id: str) -> dict[LedgerIndex, Agreement]:
    """Return the newest versions of what an organisation reads, or read, by their entries."""
    with hub.engine.connect() as connection:
        in_force = read_agreements(connection).agreements.values()
    return {
        version.seq: version.agreement
        for version in in_force
        if version.agreement.reader == organisation_id
    }


def _membership(hub: Hub, organisation_id: str) -> Membership:
    kept = read_memberships(hub.settings.home).get(organisation_id)
    if kept is not None and kept.is_leaving and not kept.has_left:
        return kept
    found = find_organisation(hub.settings, organisation_id)
    draft = kept.draft if kept else None
    return Membership(found.id, found.name or found.id, found.in_tray is not None, draft)


def _kept(membership: Membership, agreements: list[AgreementId]) -> list[Kept]:
    found = []
    if membership.is_provider:
        provider_id = ProviderId(membership.id)
        found += [
            Kept(
                in_tray(provider_id),
                f"{IN_TRAY_DAYS} days after each record",
                "what it published and the filter may not have taken in yet",
            ),
            Kept(
                dead_letters(provider_id),
                f"{DEAD_LETTER_DAYS} days after each letter",
                "what it published and could not be accepted, to be mended; sealed",
            ),
            Kept(
                "the journal",
                "each person's erasure",
                "the events it published: they are the participants' story, which others see under"
                " their own agreements",
            ),
            Kept(
                "the register",
                "each person's erasure",
                "who was registered by it, and its references as keyed codes: numbers stay valid",
            ),
        ]
    found += [
        Kept(
            out_tray(agreement_id),
            f"{TOMBSTONE_DAYS} days after compaction",
            "deletions alone, without a value",
        )
        for agreement_id in agreements
    ]
    if agreements:
        found.append(
            Kept(
                "the disclosures",
                "each person's erasure",
                "what was sent to it: every participant may ask who was sent what",
            )
        )
    found.append(
        Kept(
            "the ledger",
            "for good",
            "its agreements, their end and its API keys: proof of what was agreed, and until when",
        )
    )
    return found
