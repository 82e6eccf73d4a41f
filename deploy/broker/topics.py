"""The topics: trays and dead letters, with the settings that erasure and replay rest on."""

from collections.abc import Iterable
from typing import Any, Final

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic, OffsetSpec

from consent_ledger.rights.compaction import CompactionSettings, RetentionSettings
from deploy.broker.administration import administration
from schemas.errors import BusError
from schemas.identifiers import AgreementId, ProviderId, TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.trays import (
    IN_PREFIX,
    OUT_PREFIX,
    dead_letters,
    for_people,
    in_tray,
    out_tray,
    provider_of,
)

_DAY_MS: Final = 86_400_000
IN_TRAY_DAYS: Final = 7
"""An in-tray is transport; the journal is the history."""
TOMBSTONE_DAYS: Final = 30
"""How long a recipient may be away and still see a deletion."""
DEAD_LETTER_DAYS: Final = 30
"""How long a dead letter can be read, mended and replayed: nothing says whose it is."""

_COMPACTION_SETTINGS: Final = (
    "segment.ms",
    "max.compaction.lag.ms",
    "delete.retention.ms",
    "file.delete.delay.ms",
)
_RETENTION_SETTINGS: Final = ("retention.ms", "segment.ms", "file.delete.delay.ms")


class TopicError(BusError):
    """A topic is not as the bus needs it."""


def create_topics(
    kafka: KafkaConnection,
    providers: Iterable[ProviderId],
    agreements: Iterable[AgreementId],
    *,
    partitions: int,
    replication: int,
    segment_ms: int,
) -> list[str]:
    """Create each topic that is missing, mend the policy of the others; return what was changed.

    Raises KafkaAwayError, or TopicError where a topic has another number of partitions: it would
    hold a person in another partition than the others do.
    """
    providers = sorted(providers)
    wanted = {in_tray(provider): _in_tray(segment_ms) for provider in providers}
    wanted |= {out_tray(agreement): _out_tray(segment_ms) for agreement in sorted(agreements)}
    wanted |= {dead_letters(provider): _dead_letters(segment_ms) for provider in providers}
    with administration(kafka) as admin:
        return _create(admin, wanted, partitions, replication)


def out_tray_agreements(kafka: KafkaConnection) -> list[AgreementId]:
    """Return the agreements whose out-tray this user may see, sorted, without those of probes.

    Raises KafkaAwayError.
    """
    with administration(kafka) as admin:
        topics = admin.list_topics()
    return for_people(
        AgreementId(topic.removeprefix(OUT_PREFIX))
        for topic in topics
        if topic.startswith(OUT_PREFIX)
    )


def topics_there(kafka: KafkaConnection) -> list[TopicName]:
    """Return every topic that this user may see. Raises KafkaAwayError."""
    with administration(kafka) as admin:
        return [TopicName(topic) for topic in admin.list_topics()]


def compaction_settings(kafka: KafkaConnection, topics: Iterable[str]) -> list[CompactionSettings]:
    """Return each topic's compaction settings. Raises KafkaAwayError."""
    settings = _settings(kafka, topics, _COMPACTION_SETTINGS)
    return [CompactionSettings(*values) for values in settings]


def retention_settings(kafka: KafkaConnection, topics: Iterable[str]) -> list[RetentionSettings]:
    """Return each topic's retention settings. Raises KafkaAwayError."""
    settings = _settings(kafka, topics, _RETENTION_SETTINGS)
    return [RetentionSettings(*values) for values in settings]


def providers_with_in_tray(kafka: KafkaConnection) -> set[str]:
    """Return the providers whose in-tray this user may see. Raises KafkaAwayError."""
    with administration(kafka) as admin:
        return {provider_of(topic) for topic in admin.list_topics() if topic.startswith(IN_PREFIX)}


def ends_of(kafka: KafkaConnection, topic: TopicName, partitions: int) -> dict[int, int]:
    """Return the offset behind the last record of each partition. Raises KafkaAwayError."""
    asked = {TopicPartition(topic, n): OffsetSpec.LATEST for n in range(partitions)}
    with administration(kafka) as admin:
        found = admin.list_partition_offsets(asked)
    return {place.partition: at.offset for place, at in found.items()}


def _settings(
    kafka: KafkaConnection, topics: Iterable[str], names: tuple[str, ...]
) -> list[list[int]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in sorted(topics)]
    with administration(kafka) as admin:
        described = admin.describe_configs(asked, config_filter="all")
    return [
        [int(settings[name]["value"]) for name in names] for settings in described["topic"].values()
    ]


def _create(
    admin: Any, wanted: dict[TopicName, dict[str, str]], partitions: int, replication: int
) -> list[str]:
    present = sorted(wanted.keys() & set(admin.list_topics()))
    missing = sorted(wanted.keys() - set(present))
    for topic in admin.describe_topics(present) if present else ():
        count = len(topic["partitions"])
        if count != partitions:
            raise TopicError(
                f"The topic {topic['name']} has {count} partitions, not {partitions}.",
                "Every tray has the same number, and it cannot change: set NWD_PARTITIONS to it.",
            )
    mended = _mend_policies(admin, {topic: wanted[topic] for topic in present})
    if missing:
        admin.create_topics(
            [
                NewTopic(name, partitions, replication, topic_configs=wanted[name])
                for name in missing
            ],
            wait_for_metadata=True,
        )
    return mended + missing


def _mend_policies(admin: Any, wanted: dict[TopicName, dict[str, str]]) -> list[str]:
    """Give topics the clean-up policy that they must have; return those that had another.

    The operator owns the other settings of a topic that is there: a longer retention is a choice,
    but without compaction a tombstone removes nothing.
    """
    if not wanted:
        return []
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in wanted]
    described = admin.describe_configs(asked, config_filter="all")["topic"]
    wrong = {
        topic: {"cleanup.policy": settings["cleanup.policy"]}
        for topic, settings in wanted.items()
        if set(described[topic]["cleanup.policy"]["value"].split(","))
        != set(settings["cleanup.policy"].split(","))
    }
    if wrong:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, *change) for change in wrong.items()]
        )
    return list(wrong)


def _in_tray(segment_ms: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(IN_TRAY_DAYS * _DAY_MS),
        "segment.ms": str(segment_ms),
        # The broker unpacks whatever a provider compressed: a codec we lack would stop a reader.
        "compression.type": "uncompressed",
        "message.timestamp.type": "LogAppendTime",
    }


def _out_tray(segment_ms: int) -> dict[str, str]:
    return {
        "cleanup.policy": "compact",
        "segment.ms": str(segment_ms),
        "segment.jitter.ms": "0",
        "min.cleanable.dirty.ratio": "0.01",
        "max.compaction.lag.ms": str(6 * segment_ms),
        "delete.retention.ms": str(TOMBSTONE_DAYS * _DAY_MS),
        "message.timestamp.type": "LogAppendTime",
    }


def _dead_letters(segment_ms: int) -> dict[str, str]:
    return _out_tray(segment_ms) | {
        "cleanup.policy": "compact,delete",
        "retention.ms": str(DEAD_LETTER_DAYS * _DAY_MS),
    }
