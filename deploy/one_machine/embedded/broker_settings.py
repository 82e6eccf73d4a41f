"""The settings of a one-node Apache Kafka in KRaft mode that starts fast and stays small."""

from collections.abc import Mapping
from typing import Final

from deploy.one_machine.embedded.ports import LOOPBACK
from schemas.kafka_connection import SaslMechanism, SecurityProtocol

BROKER: Final = "nwd-broker"
"""The user that the node is to itself, and the one that no ACL binds."""
_MECHANISM: Final = SaslMechanism.SCRAM_SHA_512


def loopback_listeners(
    port: int, controller_port: int, protocol: SecurityProtocol = SecurityProtocol.SASL_PLAINTEXT
) -> dict[str, str]:
    """Listen on the loopback address only, in clear: to users who log in, unless told otherwise."""
    return {
        "listeners": f"{protocol}://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"{protocol}://{LOOPBACK}:{port}",
        "listener.security.protocol.map": f"CONTROLLER:{protocol},{protocol}:{protocol}",
        "inter.broker.listener.name": protocol.value,
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
    }


def locks(password: str) -> dict[str, str]:
    """Return what lets nobody do anything that no ACL allows; `password` is the node's own.

    A user that was deleted is out once it must log in again: after a minute.
    """
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    own = f'{module} required username="{BROKER}" password="{password}";'
    own_name = f"{_MECHANISM.lower()}.sasl.jaas.config"
    return {
        # while a password is rotated, the old one and the new one go by different mechanisms
        "sasl.enabled.mechanisms": f"{_MECHANISM},{_MECHANISM.other}",
        "sasl.mechanism.inter.broker.protocol": _MECHANISM,
        "sasl.mechanism.controller.protocol": _MECHANISM,
        "listener.name.controller.sasl.enabled.mechanisms": _MECHANISM,
        f"listener.name.sasl_plaintext.{own_name}": own,
        f"listener.name.sasl_plaintext.{_MECHANISM.other.lower()}.sasl.jaas.config": (
            f"{module} required;"
        ),
        f"listener.name.controller.{own_name}": own,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{BROKER}",
        "allow.everyone.if.no.acl.found": "false",
        "connections.max.reauth.ms": "60000",
    }


def one_node(data: str) -> dict[str, str]:
    """Return the settings of one node, broker and controller in one, without its listeners."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        # one node cannot keep three copies, and 50 partitions of each would cost start time
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        # after a crash the port opens only when the dead broker's session has run out
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        # a producer that died is aborted, and compaction and retention act, in seconds
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
        "log.initial.task.delay.ms": "500",
        "log.cleaner.backoff.ms": "500",
        "log.retention.check.interval.ms": "5000",
        # a no-op record, synced every 500 ms, serves other nodes; a database's commit on the
        # same disk waited for it, one in 300 longer than 12 ms
        "metadata.max.idle.interval.ms": "0",
        # memory and threads for one machine; the cleaner's default buffer alone takes 130 MB
        "log.cleaner.dedupe.buffer.size": "16777216",
        "log.cleaner.io.buffer.size": "524288",
        "log.index.size.max.bytes": "1048576",
        "num.network.threads": "2",
        "num.io.threads": "2",
        "background.threads": "2",
    }


def as_properties(settings: Mapping[str, str]) -> str:
    """Write settings in the form of a Java properties file."""
    # a backslash is the only character of ours that the format reads as something else
    return "".join(f"{name}={value}\n" for name, value in settings.items()).replace("\\", "\\\\")


def as_argument_file(*arguments: str) -> str:
    """Write arguments in the form of a Java launcher's argument file."""
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in arguments)
    return "".join(f'"{word}"\n' for word in quoted)
