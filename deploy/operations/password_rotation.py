"""A user's password at Kafka put in another's place, with a time in which both are taken."""

from datetime import datetime

from deploy.broker.passwords import logs_in, set_passwords
from deploy.home.access_lock import access_lock
from deploy.home.kafka_users import KafkaUsers
from deploy.operations.broker_access import BrokerNotManagedError
from deploy.settings import Addresses, Settings
from schemas.errors import BusError


class RotationError(BusError):
    """A rotation that cannot be begun or ended. The passwords that were taken still are."""


def begin_rotation(settings: Settings, addresses: Addresses, user: str) -> datetime:
    """Give a user another password beside the one it has; return since when it has two.

    Cut short anywhere, it is made whole by the next call, which then says that it is under way.

    Raises BrokerNotManagedError; RotationError where the user has no password yet, or two already,
    or Kafka does not take the new one; RefusedError; KafkaAwayError.
    """
    with access_lock(settings.home):
        return _begin(_users_with(settings, addresses, user), addresses, user)


def _begin(users: KafkaUsers, addresses: Addresses, user: str) -> datetime:
    before = users.rotated_since(user)
    if before is None:
        users.add(user)
    _bring(users, addresses, user)
    if not logs_in(users.connection(addresses.kafka, user)):
        mechanism = users.connection(addresses.kafka, user).mechanism
        users.drop_newest(user)
        _bring(users, addresses, user)
        raise RotationError(
            f"Kafka does not let {user} in with the new password, which goes by {mechanism}.",
            f"Name {mechanism} in the broker's sasl.enabled.mechanisms, beside"
            f" {mechanism.other}, with a line of sasl.jaas.config for it. Nothing was changed.",
        )
    if before is not None:
        raise RotationError(
            f"{user} has had two passwords since {before:%Y-%m-%d %H:%M} UTC, and both are taken.",
            "End the old one first, once the new one is in use: the same command with --finish.",
        )
    since = users.rotated_since(user)
    assert since is not None  # noqa: S101 - it has just been added
    return since


def finish_rotation(settings: Settings, addresses: Addresses, user: str) -> None:
    """End a user's old password. Cut short anywhere, it is done by the next call.

    Raises BrokerNotManagedError; RotationError where the user has one password alone, or none;
    RefusedError; KafkaAwayError.
    """
    with access_lock(settings.home):
        users = _users_with(settings, addresses, user)
        if users.rotated_since(user) is None:
            raise RotationError(
                f"{user} has one password: there is no old one to end.",
                "The same command without --finish gives it another.",
            )
        mechanism = users.connection(addresses.kafka, user).mechanism
        set_passwords(addresses.kafka, {user: {mechanism: users.password(user)}})
        users.drop_older(user)


def _bring(users: KafkaUsers, addresses: Addresses, user: str) -> None:
    """Let Kafka take what is kept, and nothing else."""
    set_passwords(addresses.kafka, {user: users.passwords(user, addresses.kafka.mechanism)})


def _users_with(settings: Settings, addresses: Addresses, user: str) -> KafkaUsers:
    if not addresses.manages_access:
        raise BrokerNotManagedError
    users = KafkaUsers.of_home(settings.home)
    if user not in users.names():
        raise RotationError(f"{user} has no user at Kafka yet.", "`nwd init` makes it.")
    return users
