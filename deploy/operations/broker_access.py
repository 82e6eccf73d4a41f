"""Who may do what at Kafka: made by the hub where it manages that, or else only looked at."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from consent_ledger.agreements.agreement import Agreement, load_agreements
from consent_ledger.agreements.services import Directory, load_services
from deploy.broker.access import NoAuthorizerError, apply_rules, has_authorizer
from deploy.broker.passwords import set_passwords
from deploy.broker.rules import BrokerRule, all_rules
from deploy.home.kafka_users import KafkaUsers
from deploy.home.suspended import read_suspended, write_suspended
from deploy.hub import Hub
from deploy.metrics import BROKER_OPEN
from deploy.settings import Addresses, Settings
from schemas.errors import BusError

_WITHOUT_ACLS: Final = "broker-without-acls"
_log = logging.getLogger(__name__)


class BrokerNotManagedError(BusError):
    """The bus makes no users and no rules at this Kafka."""

    def __init__(self) -> None:
        super().__init__(
            "This bus makes no users and no rules at Kafka: who runs the broker does.",
            "`nwd broker acls` prints the table for them; NWD_KAFKA_MANAGE_ACCESS lets `nwd init`"
            " make them.",
        )


def read_rules(settings: Settings) -> list[BrokerRule]:
    """Return the table for the files of services and agreements.

    Raises AgreementError or ServicesError where a file is wrong.
    """
    providers = [provider.id for provider in load_services(settings.services).providers]
    return all_rules(providers, load_agreements(settings.agreements))


def secure_broker(
    settings: Settings,
    addresses: Addresses,
    directory: Directory,
    agreements: Iterable[Agreement],
) -> int:
    """Make users and rules where the hub manages them; elsewhere demand an authorizer.

    Returns how many rules were made, or taken away.

    Raises NoAuthorizerError where the broker has none, and nobody has said that this is meant;
    KafkaAwayError.
    """
    if not addresses.manages_access:
        if not is_without_acls(settings.home) and not has_authorizer(addresses.kafka):
            raise NoAuthorizerError
        return 0
    rules = all_rules([provider.id for provider in directory.providers], agreements)
    users = KafkaUsers.of_home(settings.home)
    first = addresses.kafka.mechanism
    set_passwords(
        addresses.kafka, {name: users.passwords(name, first) for name in {r.user for r in rules}}
    )
    return len(_apply(settings, addresses, rules))


def suspend(settings: Settings, addresses: Addresses, organisation_id: str) -> None:
    """Take away all that an organisation may do at Kafka; it acts at once, and lasts.

    Raises BrokerNotManagedError; KafkaAwayError, and then it acts at the next `nwd init`.
    """
    _change_suspended(settings, addresses, read_suspended(settings.home) | {organisation_id})


def resume(settings: Settings, addresses: Addresses, organisation_id: str) -> None:
    """Give a suspended organisation back what the table allows it. Raises as `suspend` does."""
    _change_suspended(settings, addresses, read_suspended(settings.home) - {organisation_id})


def _change_suspended(settings: Settings, addresses: Addresses, suspended: frozenset[str]) -> None:
    if not addresses.manages_access:
        raise BrokerNotManagedError
    write_suspended(settings.home, suspended)
    _apply(settings, addresses, read_rules(settings))


def _apply(
    settings: Settings, addresses: Addresses, rules: Iterable[BrokerRule]
) -> list[BrokerRule]:
    suspended = read_suspended(settings.home)
    in_force = [rule for rule in rules if rule.user not in suspended]
    return apply_rules(addresses.kafka, in_force, {rule.user for rule in rules})


def go_without_acls(home: Path) -> None:
    """Remember that the broker of this home is known to have no authorizer."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / _WITHOUT_ACLS).touch(mode=0o600)


def is_without_acls(home: Path) -> bool:
    """Return whether somebody has said so."""
    return (home / _WITHOUT_ACLS).exists()


def warn_without_acls(hub: Hub) -> None:
    """Say at a start, and to Prometheus, that the broker lets everybody do everything.

    Raises KafkaAwayError where somebody has said that this is meant, and Kafka does not answer.
    """
    is_meant = is_without_acls(hub.settings.home) and not hub.addresses.manages_access
    is_open = is_meant and not has_authorizer(hub.addresses.kafka)
    BROKER_OPEN.set(is_open)
    if is_open:
        _log.warning(
            "Kafka at %s has no ACLs: whoever reaches it reads and writes every tray."
            " `nwd init --broker-without-acls` was run.",
            hub.addresses.kafka.bootstrap,
        )
