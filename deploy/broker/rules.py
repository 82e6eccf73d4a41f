"""The one table of who may do what at Kafka; what no rule allows is refused."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from operator import attrgetter
from typing import Final, NamedTuple

from consent_ledger.agreements.agreement import Agreement
from deploy.home.kafka_users import HubUser
from schemas.identifiers import AgreementId, ProviderId
from schemas.trays import DEAD_PREFIX, IN_PREFIX, OUT_PREFIX, in_tray, out_tray, recipient_of

FILTER_TRANSACTIONS: Final = "filter-"
"""Before a shard's number: the transactional id of its log."""
LETTER_TRANSACTIONS: Final = "dead-letters"
"""The transactional id of who takes dead letters away."""
HUB: Final = "hub"
"""The organisation whose trays the hub's own read models are made of."""


class Resource(StrEnum):
    """What a rule is about, as `kafka-acls` names it."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional-id"
    CLUSTER = "cluster"


class Operation(StrEnum):
    """What a rule allows, as `kafka-acls` names it; reading and writing include describing."""

    READ = "Read"
    WRITE = "Write"
    CREATE = "Create"
    DELETE = "Delete"
    ALTER = "Alter"
    DESCRIBE = "Describe"
    DESCRIBE_CONFIGS = "DescribeConfigs"
    ALTER_CONFIGS = "AlterConfigs"


class BrokerRule(NamedTuple):
    """That a user may do something with a resource, or with all whose names begin so."""

    user: str
    operation: Operation
    resource: Resource
    name: str
    is_prefix: bool = False

    def is_about_trays(self) -> bool:
        """Whether it is about trays or dead letters alone, which are the bus's."""
        return self.resource is Resource.TOPIC and self.name.startswith(_TRAYS)


CLUSTER: Final = "kafka-cluster"
_TRAYS: Final = (IN_PREFIX, OUT_PREFIX, DEAD_PREFIX)
_OF_TOPICS: Final = (
    Operation.READ,
    Operation.CREATE,
    Operation.DELETE,
    Operation.DESCRIBE_CONFIGS,
    Operation.ALTER_CONFIGS,
)
_OF_CLUSTER: Final = (Operation.ALTER, Operation.DESCRIBE)


def all_rules(
    providers: Iterable[ProviderId],
    agreements: Iterable[Agreement],
    drafts: Iterable[AgreementId] = (),
) -> list[BrokerRule]:
    """Return the whole table for these providers and these agreements, those that ended left out.

    An organisation is one user, whether it publishes, reads, or both. The tray of a draft, which
    nothing is delivered to yet, is its recipient's.
    """
    found = [*_of_the_hub()]
    found += [
        BrokerRule(provider_id, Operation.WRITE, Resource.TOPIC, in_tray(provider_id))
        for provider_id in sorted(providers)
    ]
    for agreement in sorted(agreements, key=attrgetter("id")):
        if not agreement.ended:
            found += _of_reader(reader_of(agreement), agreement.id)
            if is_in_inbox(agreement):
                tray = out_tray(agreement.id)
                found.append(BrokerRule(HubUser.INBOX, Operation.READ, Resource.TOPIC, tray))
    for draft in sorted(drafts):
        found += _of_reader(recipient_of(draft), draft)
    return list(dict.fromkeys(found))


def _of_the_hub() -> Iterator[BrokerRule]:
    """Yield the rules of the hub's own processes."""
    for operation in _OF_CLUSTER:
        yield BrokerRule(HubUser.OPERATOR, operation, Resource.CLUSTER, CLUSTER)
    for prefix in _TRAYS:
        for operation in _OF_TOPICS:
            yield BrokerRule(HubUser.OPERATOR, operation, Resource.TOPIC, prefix, is_prefix=True)
    yield BrokerRule(HubUser.OPERATOR, Operation.DESCRIBE, Resource.GROUP, "*")
    yield _on_trays(HubUser.FILTER, Operation.READ, IN_PREFIX)
    yield _on_trays(HubUser.FILTER, Operation.WRITE, OUT_PREFIX)
    yield _on_trays(HubUser.FILTER, Operation.WRITE, DEAD_PREFIX)
    yield BrokerRule(
        HubUser.FILTER,
        Operation.WRITE,
        Resource.TRANSACTIONAL_ID,
        FILTER_TRANSACTIONS,
        is_prefix=True,
    )
    yield BrokerRule(  # librdkafka asks for the group that it is given, and joins none
        HubUser.FILTER, Operation.DESCRIBE, Resource.GROUP, FILTER_TRANSACTIONS, is_prefix=True
    )
    yield _on_trays(HubUser.DOORS, Operation.WRITE, IN_PREFIX)
    yield _on_trays(HubUser.LETTERS, Operation.READ, DEAD_PREFIX)
    yield _on_trays(HubUser.LETTERS, Operation.WRITE, DEAD_PREFIX)
    yield BrokerRule(
        HubUser.LETTERS, Operation.WRITE, Resource.TRANSACTIONAL_ID, LETTER_TRANSACTIONS
    )


def _on_trays(user: HubUser, operation: Operation, prefix: str) -> BrokerRule:
    return BrokerRule(user, operation, Resource.TOPIC, prefix, is_prefix=True)


def is_in_inbox(agreement: Agreement) -> bool:
    """Return whether an agreement's tray is handed out over HTTP: the hub's own are not."""
    return not agreement.ended and agreement.reader != HUB


def reader_of(agreement: Agreement) -> str:
    """Return the user who alone reads an agreement's tray.

    The hub's own trays have two: no process reads one with names and one under pseudonyms.
    """
    if agreement.reader != HUB:
        return agreement.reader
    return HubUser.ANALYTICS if agreement.pseudonymous else HubUser.PASSPORT


def _of_reader(user: str, agreement_id: AgreementId) -> Iterator[BrokerRule]:
    """Yield what the reader of an out-tray may; its consumer groups begin with the recipient."""
    groups = f"{recipient_of(agreement_id)}."
    yield BrokerRule(user, Operation.READ, Resource.TOPIC, out_tray(agreement_id))
    yield BrokerRule(user, Operation.READ, Resource.GROUP, groups, is_prefix=True)
