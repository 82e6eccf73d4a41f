import pytest
import yaml

from consent_ledger.agreements.agreement import Agreement, Pseudonym
from deploy.broker.rules import BrokerRule, Operation, Resource, all_rules, reader_of
from deploy.broker.rules_in_print import as_kafka_acls, as_strimzi_users
from deploy.home.kafka_users import HUB_PREFIX, HubUser
from schemas.identifiers import AgreementId, ProviderId
from tests.support.trays_planned import make_agreement

COLLEGE = ProviderId("college-c")
READS = BrokerRule("college-c", Operation.READ, Resource.TOPIC, "out.college-c.outcomes")


def agreement(**changes: object) -> Agreement:
    """Return an agreement of a college."""
    return make_agreement(AgreementId("college-c.outcomes")).model_copy(update=changes)


def test_an_organisation_that_publishes_and_reads_is_one_user() -> None:
    """It has one password, and one name in the broker's log."""
    rules = all_rules([COLLEGE], [agreement()])

    assert [one for one in rules if not one.user.startswith(HUB_PREFIX)] == [
        BrokerRule("college-c", Operation.WRITE, Resource.TOPIC, "in.college-c"),
        READS,
        BrokerRule("college-c", Operation.READ, Resource.GROUP, "college-c.", is_prefix=True),
    ]


def test_the_inbox_reads_the_trays_of_organisations_and_none_of_the_hub_s() -> None:
    """For those who come for them over HTTP, and as long as their agreement is in force."""
    by_http = READS._replace(user=HubUser.INBOX)

    assert by_http in all_rules([], [agreement()])
    for other in (agreement(organisation="hub"), agreement(ended=True)):
        assert HubUser.INBOX not in {rule.user for rule in all_rules([], [other])}


@pytest.mark.parametrize(
    ("organisation", "reader"),
    [(None, "college-c"), ("learning-trust", "learning-trust"), ("hub", HubUser.PASSPORT)],
)
def test_the_organisation_behind_a_recipient_reads_its_tray(
    organisation: str | None, reader: str
) -> None:
    """The hub's own trays have the user of its read models."""
    of = agreement(organisation=organisation)

    assert reader_of(of) == reader
    assert READS._replace(user=reader) in all_rules([], [of])


def test_no_process_of_the_hub_reads_names_and_pseudonyms() -> None:
    """Whoever reads both trays could join them."""
    named = agreement(organisation="hub")
    pseudonymous = agreement(organisation="hub", pseudonym=Pseudonym.PERSON)

    assert reader_of(named) != reader_of(pseudonymous)


def test_an_agreement_that_ended_lets_nobody_read() -> None:
    """Its tray is empty by then, and stays to be read by nobody."""
    assert all_rules([], [agreement(ended=True)]) == all_rules([], [])


def test_no_rule_reaches_beyond_trays_and_the_hub_s_own_names() -> None:
    """A prefix of a provider's name would cover another provider's."""
    for rule in all_rules([COLLEGE], [agreement()]):
        if rule.is_prefix and rule.resource is Resource.TOPIC:
            assert rule.user in set(HubUser)
            assert rule.name in {"in.", "out.", "dead."}
        elif rule.is_prefix:
            assert rule.name.endswith((".", "-"))


def test_rules_are_printed_as_lines_that_a_shell_takes() -> None:
    """One for each resource of a user, with all that it may do there."""
    rules = [READS, READS._replace(operation=Operation.DESCRIBE_CONFIGS)]
    rules += [
        BrokerRule("f", Operation.WRITE, Resource.TRANSACTIONAL_ID, "filter-", is_prefix=True)
    ]

    first, second = as_kafka_acls(rules).splitlines()

    assert first.endswith(
        "--allow-principal 'User:college-c' --operation Read --operation DescribeConfigs"
        " --topic 'out.college-c.outcomes'"
    )
    assert second.endswith(
        "--operation Write --transactional-id 'filter-' --resource-pattern-type prefixed"
    )


def test_rules_are_printed_as_users_of_strimzi() -> None:
    """One document a user, in the cluster that is named."""
    (user,) = yaml.safe_load_all(as_strimzi_users([READS], "trays"))

    assert user["metadata"] == {"name": "college-c", "labels": {"strimzi.io/cluster": "trays"}}
    assert user["spec"]["authorization"]["acls"] == [
        {
            "resource": {
                "type": "topic",
                "name": "out.college-c.outcomes",
                "patternType": "literal",
            },
            "operations": ["Read"],
        }
    ]
