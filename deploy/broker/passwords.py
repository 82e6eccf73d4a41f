"""Users at the broker: which passwords let each log in, by which mechanism."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from kafka.admin import (
    KafkaAdminClient,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError

from deploy.broker.administration import administration
from deploy.broker.refusal import demand_done
from schemas.kafka_connection import KafkaConnection, SaslMechanism

ITERATIONS: Final = 4096
"""The fewest that Kafka takes: passwords are of 256 random bits, which nobody guesses."""
_LOG_IN_MS: Final = 5_000
"""Far more than a broker takes to hear of a password that was set."""


def set_passwords(
    kafka: KafkaConnection, passwords: Mapping[str, Mapping[SaslMechanism, str]]
) -> None:
    """Let these users log in with these passwords, each by its mechanism, and with no others.

    Raises RefusedError; KafkaAwayError when Kafka does not answer.
    """
    wanted = [
        UserScramCredentialUpsertion(user, mechanism.value, password, iterations=ITERATIONS)
        for user, by_mechanism in passwords.items()
        for mechanism, password in by_mechanism.items()
    ]
    kept = {(asked.user, asked.mechanism) for asked in wanted}
    with administration(kafka) as admin:
        surplus = [
            UserScramCredentialDeletion(user, mechanism)
            for user, mechanism in _held(admin, passwords)
            if (user, mechanism) not in kept
        ]
        for changes in _one_a_user([*wanted, *surplus]):
            answers = admin.alter_user_scram_credentials(changes)
            demand_done(is_done=not any(answers.values()))


def remove_user(kafka: KafkaConnection, user: str) -> None:
    """Let a user log in no more; a connection that is open lasts until it must log in again.

    Raises as `set_passwords` does.
    """
    set_passwords(kafka, {user: {}})


def logs_in(kafka: KafkaConnection) -> bool:
    """Return whether the broker lets this user in; it is asked for a few seconds."""
    try:
        KafkaAdminClient(bootstrap_timeout_ms=_LOG_IN_MS, **kafka.for_client()).close()
    except KafkaError:
        return False
    return True


def _one_a_user(changes: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the changes in portions: Kafka takes one of a user at a time."""
    rest = changes
    while rest:
        portion = {change.user: change for change in reversed(rest)}
        yield [*portion.values()]
        rest = [change for change in rest if change is not portion[change.user]]


def _held(admin: KafkaAdminClient, users: Collection[str]) -> list[tuple[str, ScramMechanism]]:
    """Return what lets these users log in now."""
    described = admin.describe_user_scram_credentials()
    return [
        (user, credential["mechanism"])
        for user in users
        for credential in described.get(user, {}).get("credential_infos", ())
    ]
