"""The table of rules as who runs a broker takes it: lines of `kafka-acls`, or Strimzi's users."""

from collections.abc import Iterable
from typing import Any

import yaml

from deploy.broker.rules import BrokerRule, Resource

_STRIMZI_RESOURCES = {
    Resource.TOPIC: "topic",
    Resource.GROUP: "group",
    Resource.TRANSACTIONAL_ID: "transactionalId",
    Resource.CLUSTER: "cluster",
}


def as_kafka_acls(rules: Iterable[BrokerRule]) -> str:
    """Return a line of `kafka-acls.sh` for each resource of each user, ready to paste.

    $BOOTSTRAP and $ADMIN are the broker's address and the administrator's property file.
    """
    lines = []
    for rule, operations in _by_resource(rules).items():
        user, resource, name, is_prefix = rule
        about = f"--{resource}" if resource is Resource.CLUSTER else f"--{resource} '{name}'"
        kind = " --resource-pattern-type prefixed" if is_prefix else ""
        asked = " ".join(f"--operation {operation}" for operation in operations)
        lines.append(
            'kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN" --add'
            f" --allow-principal 'User:{user}' {asked} {about}{kind}\n"
        )
    return "".join(lines)


def as_strimzi_users(rules: Iterable[BrokerRule], cluster: str) -> str:
    """Return a `KafkaUser` for each user, as YAML documents, for a cluster of that name."""
    acls: dict[str, list[dict[str, Any]]] = {}
    for rule, operations in _by_resource(rules).items():
        user, resource, name, is_prefix = rule
        about: dict[str, Any] = {"type": _STRIMZI_RESOURCES[resource]}
        if resource is not Resource.CLUSTER:
            about |= {"name": name, "patternType": "prefix" if is_prefix else "literal"}
        acls.setdefault(user, []).append({"resource": about, "operations": [*operations]})
    return yaml.safe_dump_all(
        [
            {
                "apiVersion": "kafka.strimzi.io/v1beta2",
                "kind": "KafkaUser",
                "metadata": {"name": user, "labels": {"strimzi.io/cluster": cluster}},
                "spec": {
                    "authentication": {"type": "scram-sha-512"},
                    "authorization": {"type": "simple", "acls": found},
                },
            }
            for user, found in acls.items()
        ],
        sort_keys=False,
        explicit_start=True,
    )


def _by_resource(rules: Iterable[BrokerRule]) -> dict[tuple[str, Resource, str, bool], list[str]]:
    """Return the operations by user and resource, in the table's order."""
    found: dict[tuple[str, Resource, str, bool], list[str]] = {}
    for user, operation, resource, name, is_prefix in rules:
        found.setdefault((str(user), resource, name, is_prefix), []).append(operation.value)
    return found
