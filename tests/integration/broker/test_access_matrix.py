"""Every user against every topic, group and transactional id, on a real broker, as it really is.

What is allowed stands here by hand, from the sentence "each provider has one in-tray that it alone
writes; each agreement has one out-tray that its recipient alone reads".
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar

import pytest
from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it re-exports them in silence
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from consent_ledger.agreements.agreement import load_agreements
from deploy.broker.access import apply_rules
from deploy.broker.passwords import set_passwords
from deploy.broker.refusal import RefusedError
from deploy.broker.rules import CLUSTER, BrokerRule, Operation, Resource, all_rules
from deploy.broker.topics import create_topics
from deploy.home.kafka_users import KafkaUsers
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.settings import PACKAGE
from schemas.identifiers import ProviderId
from schemas.kafka_connection import KafkaConnection
from tests.plugins.server_folder import server_folder
from tests.support.kafka_settings import for_librdkafka

PROVIDERS: Final = ("borough-d", "borough-dd", "college-c")
"""One of them begins as another does."""
OPERATOR, FILTER, DOORS = "nwd-operator", "nwd-filter", "nwd-doors"
LETTERS, INBOX, STRANGER = "nwd-letters", "nwd-inbox", "stranger"
PASSPORT, ANALYTICS = "nwd-passport", "nwd-analytics"
HUB: Final = (OPERATOR, FILTER, DOORS, LETTERS, INBOX, PASSPORT, ANALYTICS)
READER_OF: Final = {
    "out.borough-d.support": "borough-d",
    "out.college-c.outcomes": "college-c",
    "out.hub.statistics": ANALYTICS,
    "out.jobcentre-e.engagement": "jobcentre-e",
    "out.passport.coordination": PASSPORT,
    "out.research.outcomes": "research",
}
IN_TRAYS: Final = tuple(f"in.{one}" for one in PROVIDERS)
DEAD: Final = tuple(f"dead.{one}" for one in PROVIDERS)
OTHERS: Final = "somebody-elses"
TOPICS: Final = (*IN_TRAYS, *READER_OF, *DEAD, OTHERS)
Found = TypeVar("Found")
USERS: Final = (*HUB, *PROVIDERS, "jobcentre-e", "research", STRANGER)
WAIT_SECONDS: Final = 20.0
QUIET_SECONDS: Final = 3.0
"""Far more than what is there takes to come."""
MOST_FETCHED: Final = 1_000
"""Far more than there are: refusals come again and again."""
REFUSALS: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
}


def may_read(user: str, topic: str) -> bool:
    """Say who reads a topic: the filter what comes in, its recipient what goes out.

    Dead letters are sealed: who takes them away reads where they come from, and why. Over HTTP the
    hub's inbox reads for a recipient, but none of the hub's own trays.
    """
    if user == OPERATOR:
        return topic != OTHERS
    if user == INBOX:
        return READER_OF.get(topic, PASSPORT) not in (PASSPORT, ANALYTICS)
    return (
        READER_OF.get(topic) == user
        or (user == FILTER and topic in IN_TRAYS)
        or (user == LETTERS and topic in DEAD)
    )


def may_write(user: str, topic: str) -> bool:
    """Say who writes a topic: a provider its own in-tray, the hub's doors all, the filter on."""
    return (
        topic == f"in.{user}"
        or (user == DOORS and topic in IN_TRAYS)
        or (user == FILTER and topic in (*READER_OF, *DEAD))
        or (user == LETTERS and topic in DEAD)
    )


class Place(NamedTuple):
    """A broker with the shipped agreements and some providers, and the passwords of all users."""

    kafka: KafkaConnection
    users: KafkaUsers
    rules: list[BrokerRule]

    def settings(self, user: str) -> dict[str, str]:
        """Return how a user comes, as librdkafka takes it; its log is not of interest."""
        connection = self.kafka.as_user(user, self.users.password_file(user))
        return for_librdkafka(connection) | {"log_level": "0"}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Give the broker, with one record in every topic."""
    agreements = load_agreements(PACKAGE / "agreements")
    providers = [ProviderId(one) for one in PROVIDERS]
    with server_folder("kafka") as folder:
        users = KafkaUsers(folder.parent / "users")
        with EmbeddedKafka(folder, users) as broker:
            kafka = broker.connection
            create_topics(
                kafka,
                providers,
                [one.id for one in agreements],
                partitions=1,
                replication=1,
                segment_ms=3_600_000,
            )
            admin = admin_of(for_librdkafka(kafka))
            admin.create_topics([NewTopic(OTHERS, 1)])[OTHERS].result()
            set_passwords(kafka, {one: users.passwords(one, kafka.mechanism) for one in USERS})
            rules = all_rules(providers, agreements)
            apply_rules(kafka, rules, USERS)
            producer = Producer(for_librdkafka(kafka))
            for topic in TOPICS:
                producer.produce(topic, b"value", b"key")
            assert producer.flush(WAIT_SECONDS) == 0
            yield Place(kafka, users, rules)


def test_a_user_reads_what_it_may_and_nothing_else(place: Place) -> None:
    """What is refused comes as an error, or, where not even its name may be known, as silence."""
    consumers = {
        user: Consumer(
            place.settings(user) | {"group.id": f"{user}.none", "enable.auto.commit": "false"}
        )
        for user in USERS
    }
    for consumer in consumers.values():
        consumer.assign([TopicPartition(topic, 0, 0) for topic in TOPICS])
    time.sleep(QUIET_SECONDS)  # each fetches in threads of its own meanwhile

    assert {user: topics_read(consumer) for user, consumer in consumers.items()} == {
        user: {topic for topic in TOPICS if may_read(user, topic)} for user in USERS
    }


def test_a_user_writes_what_it_may_and_nothing_else(place: Place) -> None:
    """Whatever it is that is written."""

    def write(user: str) -> dict[str, bool]:
        producer = Producer(place.settings(user))
        found: dict[str, bool] = {}

        def told(error: KafkaError | None, message: Message) -> None:
            assert error is None or error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, error
            found[str(message.topic())] = error is None

        for topic in TOPICS:
            producer.produce(topic, b"value", b"key", on_delivery=told)
        producer.flush(WAIT_SECONDS)
        return found

    assert of_each_user(write) == {
        user: {topic: may_write(user, topic) for topic in TOPICS} for user in USERS
    }


def test_a_user_sees_no_topic_that_it_neither_reads_nor_writes(place: Place) -> None:
    """Not even that there is one: the names of trays tell who works with whom."""

    def see(user: str) -> set[str]:
        seen = admin_of(place.settings(user)).list_topics(timeout=WAIT_SECONDS).topics
        return seen.keys() - {"__consumer_offsets", "__transaction_state"}

    assert of_each_user(see) == {
        user: {topic for topic in TOPICS if may_read(user, topic) or may_write(user, topic)}
        for user in USERS
    }


@pytest.mark.parametrize("name", ["filter-0", "filter-1", "dead-letters", "anything"])
def test_only_its_owner_takes_a_transactional_id(place: Place, name: str) -> None:
    """Who took the filter's would fence it, and a withdrawal would wait."""
    owner = {"filter-0": FILTER, "filter-1": FILTER, "dead-letters": LETTERS}.get(name)

    def take(user: str) -> bool:
        producer = Producer(place.settings(user) | {"transactional.id": name})
        return allowed(lambda: producer.init_transactions(WAIT_SECONDS))

    assert of_each_user(take) == {user: user == owner for user in USERS}


@pytest.mark.parametrize("topic", READER_OF)
def test_only_a_tray_s_reader_commits_in_a_group_of_its_recipient(place: Place, topic: str) -> None:
    """What a group has committed counts as what the recipient has read."""
    recipient = topic.removeprefix("out.").partition(".")[0]
    group = f"{recipient}.copies"
    asked = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 1)])]

    def commit(user: str) -> None:
        admin = admin_of(place.settings(user))  # it must live as long as the answer is awaited
        answer = admin.alter_consumer_group_offsets(asked)[group].result(WAIT_SECONDS)
        if error := answer.topic_partitions[0].error:
            raise KafkaException(error)

    assert of_each_user(lambda user: allowed(lambda: commit(user))) == {
        user: READER_OF[topic] == user for user in USERS
    }


def test_only_the_operator_changes_topics_users_and_rules(place: Place) -> None:
    """And topics of the bus alone."""

    def change(user: str) -> dict[str, bool]:
        admin = admin_of(place.settings(user))
        rule = AclBinding(
            ResourceType.TOPIC,
            "in.",
            ResourcePatternType.PREFIXED,
            f"User:{STRANGER}-2",
            "*",
            AclOperation.READ,
            AclPermissionType.ALLOW,
        )
        days = ConfigEntry("retention.ms", "86400000", incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(
            ConfigResource.Type.TOPIC, "dead.college-c", incremental_configs=[days]
        )
        new = f"in.by-{user}"
        old = new if user == OPERATOR else "in.college-c"
        return {
            "make": allowed(admin.create_topics([NewTopic(new, 1)])[new].result),
            "make another": allowed(admin.create_topics([NewTopic("x", 1)])["x"].result),
            "configure": allowed(admin.incremental_alter_configs([resource])[resource].result),
            "rule": allowed(admin.create_acls([rule])[rule].result),
            "take away": allowed(admin.delete_topics([old])[old].result),
        }

    kinds = ("make", "make another", "configure", "rule", "take away")
    assert of_each_user(change) == {
        user: dict.fromkeys(kinds, user == OPERATOR) | {"make another": False} for user in USERS
    }


def test_a_change_that_the_broker_refuses_is_an_error(place: Place) -> None:
    """Who is told that somebody is kept out, or let in, can rely on it."""
    reader = "somebody-with-eyes"
    first = place.kafka.mechanism
    set_passwords(place.kafka, {reader: place.users.passwords(reader, first)})
    right = BrokerRule(reader, Operation.DESCRIBE, Resource.CLUSTER, CLUSTER)
    apply_rules(place.kafka, [*place.rules, right], [reader])
    sees = place.kafka.as_user(reader, place.users.password_file(reader))

    with pytest.raises(RefusedError):
        set_passwords(sees, {"college-c": {first: "another"}})
    with pytest.raises(RefusedError):
        apply_rules(
            sees, [*place.rules, right, right._replace(operation=Operation.ALTER)], [reader]
        )
    with pytest.raises(RefusedError):
        apply_rules(sees, place.rules, [reader])


def topics_read(consumer: Consumer) -> set[str | None]:
    """Return the topics whose records a consumer has fetched, and close it."""
    fetched = consumer.consume(MOST_FETCHED, 0.5)
    errors = [error for message in fetched if (error := message.error())]
    assert {error.code() for error in errors} <= REFUSALS
    assert len(fetched) < MOST_FETCHED
    consumer.close()
    return {message.topic() for message in fetched if message.error() is None}


def of_each_user(act: Callable[[str], Found]) -> dict[str, Found]:
    """Let every user do something, all at once; return what each found."""
    with ThreadPoolExecutor(len(USERS)) as threads:
        return dict(zip(USERS, threads.map(act, USERS), strict=True))


def admin_of(settings: dict[str, str]) -> AdminClient:
    """Return an admin client."""
    return AdminClient({**settings})


def allowed(act: Callable[[], object]) -> bool:
    """Return whether the broker lets it be done; any other failure is an error."""
    try:
        act()
    except KafkaException as error:
        if error.args[0].code() in REFUSALS:
            return False
        raise
    return True
