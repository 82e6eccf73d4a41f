"""Rules at the broker: read, made, and put right where they differ from the table."""

from collections.abc import Collection
from typing import Any, Final

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import ClusterAuthorizationFailedError, NoError, SecurityDisabledError

from deploy.broker.administration import administration
from deploy.broker.refusal import demand_done
from deploy.broker.rules import BrokerRule, Operation, Resource
from schemas.errors import BusError
from schemas.kafka_connection import KafkaConnection

_USER: Final = "User:"
_EVERYWHERE: Final = "*"


class NoAuthorizerError(BusError):
    """The broker lets everybody do everything."""

    def __init__(self) -> None:
        super().__init__(
            "This Kafka has no authorizer: whoever reaches it reads, and writes, every tray.",
            "Set authorizer.class.name in its settings. To go on all the same, on a broker that"
            " nobody else can reach: `nwd init --broker-without-acls`.",
        )


def has_authorizer(kafka: KafkaConnection) -> bool:
    """Return whether the broker refuses what no rule allows. Raises KafkaAwayError."""
    with administration(kafka) as admin:
        try:
            return held_acls(admin) is not None
        except ClusterAuthorizationFailedError:
            return True  # it has just refused


def apply_rules(
    kafka: KafkaConnection, rules: Collection[BrokerRule], users: Collection[str]
) -> list[BrokerRule]:
    """Make the rules that are missing, take away all others of these users, or about trays.

    Returns what was made and what was taken away.

    Raises NoAuthorizerError; RefusedError; KafkaAwayError when Kafka does not answer.
    """
    with administration(kafka) as admin:
        acls = held_acls(admin)
        if acls is None:
            raise NoAuthorizerError
        held = [rule for acl in acls if (rule := rule_of(acl)) is not None]
        missing = [rule for rule in rules if rule not in held]
        surplus = [
            rule
            for rule in held
            if rule not in rules and (rule.user in users or rule.is_about_trays())
        ]
        if missing:
            demand_done(is_done=not admin.create_acls([_acl(rule) for rule in missing])["failed"])
        if surplus:
            deleted = admin.delete_acls([_acl(rule) for rule in surplus])
            demand_done(is_done=all(error is NoError for _, _, error in deleted))
    return missing + surplus


def held_acls(admin: KafkaAdminClient) -> list[Any] | None:
    """Return the ACLs at the broker as the client has them; None where it has no authorizer."""
    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    asked = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everything)
    try:
        found, _ = admin.describe_acls(asked)
    except SecurityDisabledError:
        return None
    return [*found]


def rule_of(acl: Any) -> BrokerRule | None:
    """Return an ACL as a rule; None where it is of no kind that the table has."""
    pattern = acl.resource_pattern
    operation = Operation.__members__.get(acl.operation.name)
    resource = Resource.__members__.get(pattern.resource_type.name)
    is_of_table = acl.permission_type is ACLPermissionType.ALLOW and acl.host == _EVERYWHERE
    if operation is None or resource is None or not is_of_table:
        return None
    return BrokerRule(
        acl.principal.removeprefix(_USER),
        operation,
        resource,
        pattern.resource_name,
        pattern.pattern_type is ACLResourcePatternType.PREFIXED,
    )


def _acl(rule: BrokerRule) -> ACL:
    kind = ACLResourcePatternType.PREFIXED if rule.is_prefix else ACLResourcePatternType.LITERAL
    return ACL(
        f"{_USER}{rule.user}",
        _EVERYWHERE,
        ACLOperation[rule.operation.name],
        ACLPermissionType.ALLOW,
        ResourcePattern(ResourceType[rule.resource.name], rule.name, kind),
    )
