"""Who may do what at Kafka: made by the hub where it manages that, or else only looked at."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.broker.access import NoAuthorizerError, apply_rules, has_authorizer
from deploy.broker.beyond import BrokerCheck, check_rules
from deploy.broker.passwords import set_passwords
from deploy.broker.rules import BrokerRule
from deploy.home.access_lock import access_lock
from deploy.home.kafka_users import HubUser, KafkaUsers
from deploy.home.suspended import read_suspended, write_suspended
from deploy.hub import Hub, kafka_as
from deploy.metrics import BROKER_OPEN
from deploy.operations.members import Members, read_members
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


def secure_broker(settings: Settings, addresses: Addresses, members: Members) -> int:
    """Make users and rules where the hub manages them; elsewhere demand an authorizer.

    Returns how many rules were made, or taken away. Who leaves has neither afterwards.

    Raises NoAuthorizerError where the broker has none, and nobody has said that this is meant;
    RefusedError; KafkaAwayError.
    """
    if not addresses.manages_access:
        if not is_without_acls(settings.home) and not has_authorizer(addresses.kafka):
            raise NoAuthorizerError
        return 0
    changed = apply_members(settings, addresses, members)
    users, first = KafkaUsers.of_home(settings.home), addresses.kafka.mechanism
    wanted = {name: users.passwords(name, first) for name in {r.user for r in members.rules()}}
    set_passwords(addresses.kafka, wanted | {gone: {} for gone in members.leaving})
    for gone in members.leaving:
        users.forget(gone)
    return len(changed)


def apply_members(settings: Settings, addresses: Addresses, members: Members) -> list[BrokerRule]:
    """Let who is on the bus, and is not suspended, do what the table allows; return what changed.

    Raises as `apply_rules` does.
    """
    rules, suspended = members.rules(), read_suspended(settings.home)
    in_force = [rule for rule in rules if rule.user not in suspended]
    users = {rule.user for rule in rules} | {*KafkaUsers.of_home(settings.home).names()}
    return apply_rules(addresses.kafka, in_force, users | members.leaving.keys())


def check_broker(settings: Settings, addresses: Addresses) -> BrokerCheck:
    """Compare the ACLs at Kafka with the table, for who is not suspended; nothing is changed.

    Raises as `check_rules` does, and AgreementError or ServicesError where a file is wrong.
    """
    suspended = read_suspended(settings.home)
    rules = [rule for rule in read_members(settings).rules() if rule.user not in suspended]
    return check_rules(kafka_as(HubUser.OPERATOR, settings, addresses), rules)


def suspend(settings: Settings, addresses: Addresses, organisation_id: str) -> None:
    """Take away all that an organisation may do at Kafka; it acts at once, and lasts.

    Raises BrokerNotManagedError; KafkaAwayError, and then it acts at the next `nwd init`.
    """
    with _suspended(settings, addresses) as suspended:
        suspended.add(organisation_id)


def resume(settings: Settings, addresses: Addresses, organisation_id: str) -> None:
    """Give a suspended organisation back what the table allows it. Raises as `suspend` does."""
    with _suspended(settings, addresses) as suspended:
        suspended.discard(organisation_id)


@contextmanager
def _suspended(settings: Settings, addresses: Addresses) -> Iterator[set[str]]:
    """Give the suspended organisations to be changed; afterwards that holds."""
    if not addresses.manages_access:
        raise BrokerNotManagedError
    with access_lock(settings.home):
        suspended = {*read_suspended(settings.home)}
        yield suspended
        write_suspended(settings.home, frozenset(suspended))
        apply_members(settings, addresses, read_members(settings))


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
