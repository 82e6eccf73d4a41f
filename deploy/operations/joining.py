"""An organisation that joins: its user, its trays, and what is sent to it; nothing is shared."""

from dataclasses import dataclass
from pathlib import Path

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.agreements.services import Directory
from consent_ledger.consent.new_terms import enter_services
from deploy.broker.rules import HUB
from deploy.broker.topics import create_topics
from deploy.home.access_lock import access_lock
from deploy.home.kafka_users import HUB_PREFIX, HubUser
from deploy.home.memberships import Membership, read_memberships, write_membership
from deploy.hub import Hub
from deploy.operations.agreement_draft import draft_agreement
from deploy.operations.broker_access import secure_broker
from deploy.operations.members import Members, read_members
from deploy.operations.organisations import (
    Organisation,
    OrganisationError,
    demand_not_removed,
    find_organisation,
    write_kit,
    write_new,
)
from schemas.identifiers import ProviderId, ServiceId, is_provider_id

_LONGEST_NAME = 100


@dataclass(frozen=True)
class JoinedOrganisation:
    """An organisation that was added. `files` are what to send, `draft` is to be reviewed.

    `service` is the first one of a provider, None of who publishes nothing.
    """

    organisation: Organisation
    service: ServiceId | None
    draft: Path | None
    files: list[Path]


def join(
    hub: Hub,
    organisation_id: str,
    name: str,
    folder: Path,
    *,
    is_provider: bool,
    template: str | None,
) -> JoinedOrganisation:
    """Add an organisation, and write to a folder what to send to it and what to review.

    Asked for again it does the same, so that it goes on where it was cut short; a draft that is
    there stays as it is. Where others manage the broker no files are written but the draft.

    Raises OrganisationError where the id cannot be given, or it is asked for nothing;
    AgreementError where the template cannot be used; as `secure_broker` and `create_topics` do.
    """
    _demand_usable(organisation_id, name, is_something=is_provider or template is not None)
    with access_lock(hub.settings.home):
        members = read_members(hub.settings)
        draft, text = None, ""
        if template is not None:
            others = [one for one in members.agreements if one.reader != organisation_id]
            agreement, text = draft_agreement(template, others, organisation_id, name, hub.clock())
            draft = agreement.id
        wanted = Membership(organisation_id, name, is_provider, draft)
        _demand_free(hub, members, wanted)
        write_membership(hub.settings.home, wanted)
        _make(hub, wanted)
    settings, addresses = hub.settings, hub.addresses
    found = find_organisation(settings, organisation_id)
    return JoinedOrganisation(
        found,
        wanted.first_service if is_provider else None,
        write_new(folder, f"{draft}.yaml", text) if draft else None,
        write_kit(settings, addresses, found, folder) if addresses.manages_access else [],
    )


def _make(hub: Hub, membership: Membership) -> None:
    """Make what an organisation has: its topics first, because the filter reads what is entered."""
    members = read_members(hub.settings)
    provider_ids = [ProviderId(membership.id)] if membership.is_provider else []
    create_topics(
        hub.kafka(HubUser.OPERATOR),
        provider_ids,
        [membership.draft] if membership.draft else [],
        partitions=hub.settings.partitions,
        replication=hub.settings.replication,
        segment_ms=hub.settings.segment_ms,
    )
    secure_broker(hub.settings, hub.addresses, members)
    if membership.is_provider:
        _enter(hub, members.directory, ProviderId(membership.id))


def _demand_usable(organisation_id: str, name: str, *, is_something: bool) -> None:
    if not is_provider_id(organisation_id) or organisation_id.startswith(HUB_PREFIX):
        raise OrganisationError(
            "That is not an organisation's id.",
            "It has at most 31 lower-case letters, digits and single hyphens, begins with a letter"
            f" and not with {HUB_PREFIX}, such as college-c.",
        )
    if not (0 < len(name.strip()) <= _LONGEST_NAME and name.isprintable()):
        raise OrganisationError(
            "That is not an organisation's name.",
            f"It is one line of at most {_LONGEST_NAME} characters, as participants know it.",
        )
    if not is_something:
        raise OrganisationError(
            "It would neither publish nor receive anything.",
            "Say --provider, or --recipient AGREEMENT, or both.",
        )


def _demand_free(hub: Hub, members: Members, wanted: Membership) -> None:
    """Refuse an id that somebody has, or had; what is asked for again is the same."""
    kept = read_memberships(hub.settings.home).get(wanted.id)
    if kept == wanted:
        return
    demand_not_removed(hub.settings.home, wanted.id)
    with hub.engine.connect() as connection:
        entered = read_agreements(connection)
    taken = {HUB, *entered.providers, *(one.id for one in members.directory.providers)}
    for agreement in [*members.agreements, *(one.agreement for one in entered.agreements.values())]:
        taken |= {agreement.recipient, agreement.reader}
    if kept is not None or wanted.id in taken:
        raise OrganisationError(
            f"There is an organisation {wanted.id} already.",
            "Give another id. What one that is there publishes and receives is in the files of"
            " services and agreements.",
        )


def _enter(hub: Hub, directory: Directory, provider_id: ProviderId) -> None:
    """Enter a provider and its services: from then on the filter reads its in-tray."""
    own = Directory(
        providers=tuple(known for known in directory.providers if known.id == provider_id),
        services=tuple(
            service for service in directory.services if service.id.partition(".")[0] == provider_id
        ),
    )
    with hub.ledger.begin() as tx:
        enter_services(tx, own)
