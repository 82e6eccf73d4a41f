"""ACLs at the broker that reach what is the bus's, and that its table does not have.

They are of kinds that it has no rule for, such as one for all operations on all topics: whoever
runs the broker made them for somebody, so they are told and not taken away.
"""

from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple

from kafka.admin import ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourceType

from deploy.broker.access import NoAuthorizerError, held_acls, rule_of
from deploy.broker.administration import administration
from deploy.broker.rules import BrokerRule, Resource
from schemas.kafka_connection import KafkaConnection
from schemas.trays import DEAD_PREFIX, IN_PREFIX, OUT_PREFIX

_HARMLESS: Final = {
    ACLOperation.DESCRIBE,
    ACLOperation.DESCRIBE_CONFIGS,
    ACLOperation.IDEMPOTENT_WRITE,
}
"""Of the cluster: whoever may do these sees who there is, and neither a record nor a way to one."""
_OF_RESOURCE: Final = {
    ResourceType.TOPIC: Resource.TOPIC,
    ResourceType.GROUP: Resource.GROUP,
    ResourceType.TRANSACTIONAL_ID: Resource.TRANSACTIONAL_ID,
}


class BrokerCheck(NamedTuple):
    """How a broker differs from the table: rules that it lacks, and ACLs beyond the table."""

    missing: list[BrokerRule]
    beyond: list[str]


def check_rules(kafka: KafkaConnection, rules: Collection[BrokerRule]) -> BrokerCheck:
    """Compare the ACLs at the broker with the table; nothing is changed.

    Raises NoAuthorizerError; KafkaAwayError, also where whoever comes may not see the ACLs.
    """
    with administration(kafka) as admin:
        held = held_acls(admin)
    if held is None:
        raise NoAuthorizerError
    reaches = _reach_of(rules)
    found = {rule_of(acl) for acl in held}
    return BrokerCheck(
        [rule for rule in rules if rule not in found],
        sorted(_line(acl) for acl in held if rule_of(acl) not in rules and reaches(acl)),
    )


class _Names(NamedTuple):
    """The names that an ACL is about: one, all (`*`), or all that begin so."""

    name: str
    is_prefix: bool

    def meets(self, other: "_Names") -> bool:
        """Whether a name is of both."""
        if self in _ALL:
            return True
        return (
            self.name == other.name
            or (self.is_prefix and other.name.startswith(self.name))
            or (other.is_prefix and self.name.startswith(other.name))
        )


_ALL: Final = {_Names("*", is_prefix=False)}


def _reach_of(rules: Collection[BrokerRule]) -> Callable[[Any], bool]:
    """Return what tells whether an ACL gives something of what the rules are about."""
    prefixes = (IN_PREFIX, OUT_PREFIX, DEAD_PREFIX)
    of_bus = {(Resource.TOPIC, _Names(prefix, is_prefix=True)) for prefix in prefixes}
    of_bus |= {(rule.resource, _Names(rule.name, rule.is_prefix)) for rule in rules}

    def reaches(acl: Any) -> bool:
        if acl.permission_type is not ACLPermissionType.ALLOW:
            return False
        pattern = acl.resource_pattern
        if pattern.resource_type is ResourceType.CLUSTER:
            return acl.operation not in _HARMLESS
        resource = _OF_RESOURCE.get(pattern.resource_type)
        names = _Names(
            pattern.resource_name, pattern.pattern_type is ACLResourcePatternType.PREFIXED
        )
        return any(kind is resource and names.meets(theirs) for kind, theirs in of_bus)

    return reaches


def _line(acl: Any) -> str:
    """Return an ACL as `kafka-acls` names its parts."""
    pattern = acl.resource_pattern
    kind = "prefixed " if pattern.pattern_type is ACLResourcePatternType.PREFIXED else ""
    resource = pattern.resource_type.name.lower().replace("_", "-")
    return (
        f"{acl.principal} may {acl.operation.name.lower()} {resource} {kind}{pattern.resource_name}"
        f" from host {acl.host}"
    )
