"""Organisations on the bus: what each may do at Kafka, and what it is given to do it with."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from consent_ledger.agreements.agreement import Agreement, load_agreements
from consent_ledger.agreements.services import load_services
from deploy.broker.rules import HUB, reader_of
from deploy.home.kafka_users import KafkaUsers
from deploy.operations.broker_access import BrokerNotManagedError
from deploy.operations.client_files import client_files
from deploy.settings import Addresses, Settings
from schemas.errors import BusError
from schemas.files import replace_file
from schemas.identifiers import ProviderId, TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray, out_tray


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
    names = {one.id: one.name for one in load_services(settings.services).providers}
    trays: dict[str, dict[TopicName, str]] = {}
    for agreement in _read_by_others(load_agreements(settings.agreements)):
        of_reader = trays.setdefault(reader_of(agreement), {})
        of_reader[out_tray(agreement.id)] = f"{agreement.recipient}."
    return [
        Organisation(
            found,
            names.get(ProviderId(found)),
            in_tray(ProviderId(found)) if found in names else None,
            trays.get(found, {}),
        )
        for found in sorted(names.keys() | trays.keys())
    ]


def find_organisation(settings: Settings, organisation_id: str) -> Organisation:
    """Return one organisation. OrganisationError names those that there are."""
    found = {one.id: one for one in read_organisations(settings)}
    if organisation_id not in found:
        raise OrganisationError(
            f"There is no organisation {organisation_id}.", f"There are: {', '.join(found)}."
        )
    return found[organisation_id]


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
    return _write(folder, kafka, organisation)


def _write(folder: Path, kafka: KafkaConnection, organisation: Organisation) -> list[Path]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = []
        for name, text in client_files(kafka, organisation.in_tray, organisation.out_trays).items():
            replace_file(folder / name, text.encode())
            written.append(folder / name)
    except OSError as error:
        raise OrganisationError(
            f"{folder} cannot be written: {error.strerror}.", "Name another folder."
        ) from None
    return written


def _read_by_others(agreements: Iterable[Agreement]) -> list[Agreement]:
    return [one for one in agreements if not one.ended and one.reader != HUB]
