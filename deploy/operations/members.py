"""Who is on the bus: as the reviewed files say, with who was added, without who has left."""

from typing import NamedTuple

from consent_ledger.agreements.agreement import Agreement, load_agreements
from consent_ledger.agreements.services import Directory, Provider, Service, load_services
from deploy.broker.rules import BrokerRule, all_rules
from deploy.home.memberships import Membership, read_memberships
from deploy.settings import Settings
from schemas.identifiers import AgreementId, ProviderId


class Members(NamedTuple):
    """The providers and agreements that count. `drafted` has a tray, and is in no file yet.

    `leaving` may do nothing any more; `named_still` are those of them whom a file names.
    """

    directory: Directory
    agreements: list[Agreement]
    drafted: list[AgreementId]
    leaving: dict[str, Membership]
    named_still: list[str]

    @property
    def trays(self) -> list[AgreementId]:
        """The agreements that have an out-tray."""
        return [*(agreement.id for agreement in self.agreements), *self.drafted]

    @property
    def in_trays(self) -> list[ProviderId]:
        """The providers that have an in-tray: it is read to its end when one has left."""
        left = [ProviderId(id_) for id_, gone in self.leaving.items() if gone.is_provider]
        return [*(provider.id for provider in self.directory.providers), *left]

    def rules(self) -> list[BrokerRule]:
        """Return the table of who may do what at Kafka."""
        providers = [provider.id for provider in self.directory.providers]
        return all_rules(providers, self.agreements, self.drafted)


def read_members(settings: Settings) -> Members:
    """Read who is on the bus. Raises AgreementError or ServicesError where a file is wrong."""
    listed = load_services(settings.services)
    agreements = load_agreements(settings.agreements)
    known = read_memberships(settings.home)
    leaving = {id_: found for id_, found in known.items() if found.is_leaving}
    staying = [found for id_, found in known.items() if id_ not in leaving]
    readers = {agreement.reader for agreement in agreements}
    in_files = {agreement.id for agreement in agreements}
    return Members(
        directory=_with_added(_without(listed, leaving), staying),
        agreements=[agreement for agreement in agreements if agreement.reader not in leaving],
        drafted=[found.draft for found in staying if found.draft and found.draft not in in_files],
        leaving=leaving,
        named_still=sorted(leaving.keys() & (readers | {one.id for one in listed.providers})),
    )


def _without(directory: Directory, leaving: dict[str, Membership]) -> Directory:
    return Directory(
        providers=tuple(one for one in directory.providers if one.id not in leaving),
        services=tuple(
            service for service in directory.services if service.id.partition(".")[0] not in leaving
        ),
    )


def _with_added(directory: Directory, added: list[Membership]) -> Directory:
    """Return a directory with those providers that it does not name, each with one service.

    That counts as sensitive, until somebody who knows its services enters them by the file.
    """
    listed = {provider.id for provider in directory.providers}
    new = [found for found in added if found.is_provider and ProviderId(found.id) not in listed]
    providers = tuple(Provider(id=ProviderId(found.id), name=found.name) for found in new)
    services = tuple(
        Service(id=found.first_service, name=found.name, sensitive=True) for found in new
    )
    return Directory(
        providers=directory.providers + providers, services=directory.services + services
    )
