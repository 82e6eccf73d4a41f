"""The topics: trays and dead letters, with the settings that erasure and replay rest on."""

from collections.abc import Iterable
from typing import Any, Final

from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from consent_ledger.rights.compaction import CompactionSettings, RetentionSettings
from deploy.broker.administration import administration
from schemas.errors import BusError
from schemas.identifiers import AgreementId, ProviderId, TopicName
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
"""How long a dead letter can be looked at, mended and replayed: nobody can say whose it is."""

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
    bootstrap: str,
    providers: Iterable[ProviderId],
    agreements: Iterable[AgreementId],
    *,
    partitions: int,
    replication: int,
    segment_ms: int,
) -> list[str]:
    """Create each topic that is missing, mend the policy of the others; return what was changed.

    Raises:
        KafkaAwayError: Kafka does not answer.
        TopicError: a topic is there with another number of partitions, so that a person would
            stand elsewhere in it than in the others.

    """
    providers = sorted(providers)
    wanted = {in_tray(one): _in_tray(segment_ms) for one in providers}
    wanted |= {out_tray(one): _out_tray(segment_ms) for one in sorted(agreements)}
    wanted |= {dead_letters(one): _dead_letters(segment_ms) for one in providers}
    with administration(bootstrap) as admin:
        return _create(admin, wanted, partitions, replication)


def out_tray_agreements(bootstrap: str) -> list[AgreementId]:
    """Return the agreements that have an out-tray which this user may see, for people to read.

    Raises:
        KafkaAwayError: Kafka does not answer.

    """
    with administration(bootstrap) as admin:
        topics = admin.list_topics()
    return for_people(
        AgreementId(topic.removeprefix(OUT_PREFIX))
        for topic in topics
        if topic.startswith(OUT_PREFIX)
    )


def compaction_settings(bootstrap: str, topics: Iterable[str]) -> list[CompactionSettings]:
    """Return what the broker says of how each of these topics is compacted.

    Raises:
        KafkaAwayError: Kafka does not answer.

    """
    return [CompactionSettings(*one) for one in _settings(bootstrap, topics, _COMPACTION_SETTINGS)]


def retention_settings(bootstrap: str, topics: Iterable[str]) -> list[RetentionSettings]:
    """Return what the broker says of how long each of these topics keeps what it holds.

    Raises:
        KafkaAwayError: Kafka does not answer.

    """
    return [RetentionSettings(*one) for one in _settings(bootstrap, topics, _RETENTION_SETTINGS)]


def providers_with_in_tray(bootstrap: str) -> set[str]:
    """Return the providers whose in-tray is there, and may be seen by this user.

    Raises:
        KafkaAwayError: Kafka does not answer.

    """
    with administration(bootstrap) as admin:
        return {provider_of(topic) for topic in admin.list_topics() if topic.startswith(IN_PREFIX)}


def _settings(bootstrap: str, topics: Iterable[str], names: tuple[str, ...]) -> list[list[int]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, one) for one in sorted(topics)]
    with administration(bootstrap) as admin:
        described = admin.describe_configs(asked, config_filter="all")
    return [
        [int(settings[name]["value"]) for name in names] for settings in described["topic"].values()
    ]


def _create(
    admin: Any, wanted: dict[TopicName, dict[str, str]], partitions: int, replication: int
) -> list[str]:
    there = set(admin.list_topics())
    for topic in (
        admin.describe_topics(sorted(wanted.keys() & there)) if there & set(wanted) else ()
    ):
        count = len(topic["partitions"])
        if count != partitions:
            raise TopicError(
                f"The topic {topic['name']} has {count} partitions, not {partitions}.",
                "Every tray has the same number, and it cannot change: set NWD_PARTITIONS to it.",
            )
    mended = _mend_policies(admin, {one: wanted[one] for one in sorted(wanted.keys() & there)})
    missing = sorted(wanted.keys() - there)
    if missing:
        admin.create_topics(
            [NewTopic(one, partitions, replication, topic_configs=wanted[one]) for one in missing],
            wait_for_metadata=True,
        )
    return mended + missing


def _mend_policies(admin: Any, wanted: dict[TopicName, dict[str, str]]) -> list[str]:
    """Give topics the clean-up policy that they must have; return which did not have it.

    The other settings are the operator's, once a topic is made: a longer retention is a choice,
    but without compaction a tombstone takes nothing away.
    """
    if not wanted:
        return []
    asked = [ConfigResource(ConfigResourceType.TOPIC, one) for one in wanted]
    found = admin.describe_configs(asked, config_filter="all")["topic"]
    wrong = {
        topic: {"cleanup.policy": settings["cleanup.policy"]}
        for topic, settings in wanted.items()
        if set(found[topic]["cleanup.policy"]["value"].split(","))
        != set(settings["cleanup.policy"].split(","))
    }
    if wrong:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, *one) for one in wrong.items()]
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
