"""Organisations on the bus: what each may do at Kafka, and what it is given to do it with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.broker.rules import reader_of
from deploy.home.kafka_users import HUB_PREFIX, KafkaUsers
from deploy.home.memberships import read_memberships
from deploy.operations.broker_access import BrokerNotManagedError
from deploy.operations.client_files import client_files
from deploy.operations.members import read_members
from deploy.settings import Addresses, Settings
from schemas.errors import BusError
from schemas.files import replace_file
from schemas.identifiers import ProviderId, TopicName
from schemas.trays import in_tray, out_tray, recipient_of


class OrganisationError(BusError):
    """An organisation that is not on the bus, or cannot be given what was asked for."""


@dataclass(frozen=True)
class Organisation:
    """An organisation, as the files of services and agreements have it.

    `in_tray` is what it alone writes, None where it publishes nothing; `out_trays` are what it
    alone reads, with the beginning of the names of the consumer groups that it may use there.
    """

    id: str
    name: str | None
    in_tray: TopicName | None
    out_trays: dict[TopicName, str]


def read_organisations(settings: Settings) -> list[Organisation]:
    """Return the organisations, sorted by id; the hub's own read models are none.

    Raises AgreementError or ServicesError where a file is wrong.
    """
    members, added = read_members(settings), read_memberships(settings.home)
    publishes = {provider.id: provider.name for provider in members.directory.providers}
    names = {id_: found.name for id_, found in added.items()} | publishes
    trays: dict[str, dict[TopicName, str]] = {}
    reads = [(reader_of(one), one.id) for one in members.agreements if not one.ended]
    reads += [(recipient_of(draft), draft) for draft in members.drafted]
    for reader, agreement_id in reads:
        if not reader.startswith(HUB_PREFIX):
            of_reader = trays.setdefault(reader, {})
            of_reader[out_tray(agreement_id)] = f"{recipient_of(agreement_id)}."
    return [
        Organisation(
            found,
            names.get(found),
            in_tray(ProviderId(found)) if found in publishes else None,
            trays.get(found, {}),
        )
        for found in sorted(publishes.keys() | trays.keys())
    ]


def find_organisation(settings: Settings, organisation_id: str) -> Organisation:
    """Return one organisation. OrganisationError names those that there are."""
    found = {one.id: one for one in read_organisations(settings)}
    if organisation_id in found:
        return found[organisation_id]
    demand_not_removed(settings.home, organisation_id)
    raise OrganisationError(
        f"There is no organisation {organisation_id}.", f"There are: {', '.join(found)}."
    )


def demand_not_removed(home: Path, organisation_id: str) -> None:
    """Raise OrganisationError where an organisation was removed, or is being removed."""
    known = read_memberships(home).get(organisation_id)
    if known is None or not known.is_leaving:
        return
    raise OrganisationError(
        f"{organisation_id} was removed.",
        "Its id is not given again: the ledger and the journal know it. Give another one."
        if known.has_left
        else f"That was cut short: `nwd organisation remove {organisation_id}` goes on.",
    )


def write_kit(
    settings: Settings, addresses: Addresses, organisation: Organisation, folder: Path
) -> list[Path]:
    """Write what an organisation needs to come to Kafka; only this user can read the files.

    Raises BrokerNotManagedError where the bus keeps no users, OrganisationError where there is none
    yet, or the folder cannot be written.
    """
    if not addresses.manages_access:
        raise BrokerNotManagedError
    users = KafkaUsers.of_home(settings.home)
    if organisation.id not in users.names():
        raise OrganisationError(
            f"{organisation.id} has no user at Kafka yet.", "`nwd init` makes it."
        )
    kafka = users.connection(addresses.kafka, organisation.id)
    return _write(folder, client_files(kafka, organisation.in_tray, organisation.out_trays))


def write_new(folder: Path, name: str, text: str) -> Path:
    """Write a file that only this user can read, unless it is there; raise OrganisationError."""
    if not (folder / name).exists():
        _write(folder, {name: text})
    return folder / name


def _write(folder: Path, files: Mapping[str, str]) -> list[Path]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in files.items():
            replace_file(folder / name, text.encode())
    except OSError as error:
        raise OrganisationError(
            f"{folder} cannot be written: {error.strerror}.", "Name another folder."
        ) from None
    return [folder / name for name in files]
