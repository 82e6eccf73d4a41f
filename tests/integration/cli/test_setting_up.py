import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourceType,
)
from prometheus_client import REGISTRY

from deploy.broker.passwords import logs_in, set_passwords
from deploy.home.kafka_users import KafkaUsers
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.operations import broker_access
from deploy.operations.broker_access import go_without_acls, warn_without_acls
from schemas.kafka_connection import KafkaConnection
from tests.integration.cli.conftest import Bus
from tests.plugins.database_server import fresh_database
from tests.plugins.server_folder import server_folder
from tests.support.given_servers import given_database
from tests.support.kafka_settings import as_environment


def test_a_second_init_finds_nothing_to_do(bus: Bus) -> None:
    """What is set up stays as it is."""
    made = bus.json("init")

    lists = ("topics", "services", "agreements", "left_out", "beyond")
    nothing = {"secrets": False, "rules": 0, "shards": None}
    assert made == nothing | {name: [] for name in lists}
    assert bus.done("init").stdout == "There was nothing to do: the bus is set up.\n"


def test_the_audit_of_a_bus_that_holds_nothing_claims_no_success(bus: Bus) -> None:
    """There is nothing to compare: no difference then proves nothing, to a program neither."""
    said = bus.done("audit").stdout

    assert said.splitlines()[-1].startswith("Nothing to compare")
    assert "0 differences" not in said
    assert bus.json("audit")["verdict"] == "nothing-to-compare"


def test_init_enters_what_is_new_and_says_so(bus: Bus) -> None:
    """A reviewed file brings a new agreement in; its tray is made."""
    name = bus.name("college-c.alumni")
    shipped = bus.folder / "agreements" / f"{bus.tag}-college-c.outcomes.yaml"
    added = shipped.with_name(f"{name}.yaml")
    added.write_text(re.sub(r"(?m)^id: .*", f"id: {name}", shipped.read_text("utf-8")), "utf-8")

    said = bus.done("init").stdout
    added.unlink()

    assert said.startswith(f"Set up the topic out.{name}.\nEntered the agreement {name}.\n")
    assert [one["agreement"] for one in bus.lines("ledger", "show", "--last", "1")] == [name]


def test_a_topic_that_lost_its_compaction_gets_it_back(bus: Bus) -> None:
    """Without it a tombstone would take nothing away; what else was set stays as it is."""
    topic = f"dead.{bus.name('college-c')}"
    changed = {"cleanup.policy": "delete", "retention.ms": "86400000"}
    asked = ConfigResource(ConfigResourceType.TOPIC, topic)
    with KafkaAdminClient(**bus.kafka.for_client()) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, changed)])

        made = bus.json("init")
        found = admin.describe_configs([asked], config_filter="all")["topic"][topic]

    assert made["topics"] == [topic]
    assert set(found["cleanup.policy"]["value"].split(",")) == {"compact", "delete"}
    assert found["retention.ms"]["value"] == "86400000"
    assert bus.json("init")["topics"] == []


def test_a_changed_agreement_of_the_same_version_is_refused(bus: Bus) -> None:
    """What the ledger holds is not rewritten."""
    path = bus.folder / "agreements" / f"{bus.tag}-college-c.outcomes.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("retention_days: 1096", "retention_days: 3650"), "utf-8")

    result = bus.nwd("init")
    path.write_text(text, "utf-8")

    assert result.exit_code == 1
    assert "version 1 differs from what the ledger holds" in result.stderr


def test_without_a_bus_every_command_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bus: Bus
) -> None:
    """Nothing is set, nothing runs."""
    monkeypatch.chdir(tmp_path)
    nowhere = replace(bus, settings={})

    for command in (["init"], ["audit"], ["tray", "show", "a.b"], ["run", "filter"]):
        result = nowhere.nwd(*command)

        assert result.exit_code == 1
        assert result.stderr.startswith("Error: There is no Kafka to talk to.\nStart one with")


def test_a_database_that_is_no_bus_yet_is_named(bus: Bus, database_server: str) -> None:
    """The first thing somebody forgets."""
    empty = replace(bus, settings=bus.settings | given_database(database_server))

    result = empty.nwd("ledger", "show")

    assert result.exit_code == 1
    assert "`nwd init`" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql+psycopg://somebody:secret@127.0.0.1:1/nwd",
            "Error: PostgreSQL at postgresql+psycopg://somebody:***@127.0.0.1:1/nwd did not answer",
        ),
        ("secret", "Error: NWD_DATABASE_URL is not an address of a PostgreSQL."),
        ("nosuch://user:secret@host/db", "Error: NWD_DATABASE_URL is not an address"),
    ],
)
def test_a_database_that_is_away_is_said_without_its_password(
    bus: Bus, url: str, said: str
) -> None:
    """The address, and what to look at."""
    away = replace(bus, settings=bus.settings | {"NWD_DATABASE_URL": url})

    result = away.nwd("stats")

    assert result.exit_code == 1
    assert result.stderr.startswith(said)
    assert "secret" not in result.stderr


@pytest.mark.parametrize("command", [["tray", "show", "a.b"], ["publish"]])
def test_a_kafka_that_is_away_is_said(bus: Bus, command: list[str]) -> None:
    """After the seconds that a client tries."""
    away = replace(bus, settings=bus.settings | {"NWD_KAFKA_BOOTSTRAP": "127.0.0.1:1"})

    result = away.nwd(*command, given="")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "127.0.0.1:1" in result.stderr


def test_a_setting_that_cannot_be_used_is_named(bus: Bus) -> None:
    """By the name of its variable."""
    wrong = replace(bus, settings=bus.settings | {"NWD_PARTITIONS": "many"})

    result = wrong.nwd("init")

    assert result.exit_code == 1
    assert "NWD_PARTITIONS: " in result.stderr


def test_what_reaches_the_bus_beyond_the_table_is_told(bus: Bus) -> None:
    """Of kinds that the table has no rule for, and what others made for more than the trays."""

    def acl(operation: str, resource: str, name: str, kind: str, host: str = "*") -> ACL:
        pattern = ResourcePattern(ResourceType[resource], name, ACLResourcePatternType[kind])
        allow = ACLPermissionType.ALLOW
        return ACL("User:stranger", host, ACLOperation[operation], allow, pattern)

    reaching = [
        acl("ALL", "TOPIC", "*", "LITERAL"),
        acl("READ", "TOPIC", "ou", "PREFIXED"),
        acl("READ", "TOPIC", f"in.{bus.name('college-c')}", "LITERAL", "10.0.0.1"),
        acl("READ", "GROUP", "*", "LITERAL"),
        acl("WRITE", "TRANSACTIONAL_ID", "filter-0", "LITERAL"),
        acl("ALTER", "CLUSTER", "kafka-cluster", "LITERAL"),
    ]
    elsewhere = [
        acl("ALL", "TOPIC", "orders", "LITERAL"),
        acl("READ", "GROUP", "orders", "PREFIXED"),
        acl("DESCRIBE", "CLUSTER", "kafka-cluster", "LITERAL"),
    ]
    before = bus.nwd("broker", "check")
    with KafkaAdminClient(**bus.kafka.for_client()) as admin:
        admin.create_acls(reaching + elsewhere)
        checked = bus.nwd("broker", "check", "--json")
        made = bus.done("init")
        admin.delete_acls(reaching + elsewhere)
    beyond = json.loads(checked.stdout)["beyond"]

    assert before.exit_code == 0, before.stdout
    assert checked.exit_code == 3
    assert len(beyond) == len(reaching)
    assert "User:stranger may all topic * from host *" in beyond
    assert "User:stranger may read topic prefixed ou from host *" in beyond
    assert all(line in made.stderr for line in beyond)
    assert bus.nwd("broker", "check").exit_code == 0


@pytest.fixture(scope="module")
def open_kafka() -> Iterator[KafkaConnection]:
    """Give a broker that asks for names and refuses nobody, and takes one mechanism alone."""
    settings = {"authorizer.class.name": "", "sasl.enabled.mechanisms": "SCRAM-SHA-512"}
    with server_folder("kafka") as folder, EmbeddedKafka(folder, properties=settings) as kafka:
        yield kafka.connection


@pytest.fixture
def open_bus(
    bus: Bus,
    open_kafka: KafkaConnection,
    database_server: str,
    template_database: str,
    tmp_path: Path,
) -> Iterator[Bus]:
    """Give a bus that is not set up, on that broker."""
    with fresh_database(database_server, template=template_database) as url:
        settings = bus.settings | as_environment(open_kafka, manages_access=False)
        settings |= {"NWD_HOME": str(tmp_path / "home"), **given_database(url)}
        settings |= {"NWD_KAFKA_MANAGE_ACCESS": "false"}
        yield replace(bus, settings=settings)


def test_a_broker_that_refuses_nobody_is_refused_unless_it_is_meant(
    open_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was meant once is remembered, and each start warns and tells Prometheus."""
    refused = open_bus.nwd("init")
    open_bus.done("init", "--broker-without-acls")
    open_bus.done("init")
    warning = Mock()
    monkeypatch.setattr(logging.getLogger(broker_access.__name__), "warning", warning)
    with open_bus.hub() as hub:
        warn_without_acls(hub)

    charity = open_bus.name("charity-x")
    added = open_bus.json("organisation", "add", charity, "--name", "X", "--provider")
    rotated = open_bus.nwd("organisation", "rotate", charity)
    left = open_bus.done("organisation", "remove", charity, "--yes")

    assert added["in_tray"] == f"in.{charity}"
    assert added["files"] == []
    assert "who runs the broker does" in rotated.stderr
    assert f"takes the user {charity}" in left.stderr
    assert refused.exit_code == 1
    assert "no authorizer" in refused.stderr
    assert "--broker-without-acls" in refused.stderr
    assert "has no ACLs" in warning.call_args.args[0]
    assert REGISTRY.get_sample_value("nwd_broker_without_acls") == 1


def test_a_password_that_would_not_be_taken_is_not_given(
    bus: Bus, open_kafka: KafkaConnection, tmp_path: Path
) -> None:
    """Where the broker lacks the other mechanism, it is named and nothing is changed."""
    users = KafkaUsers.of_home(tmp_path)
    college = bus.name("college-c")
    set_passwords(open_kafka, {college: users.passwords(college, open_kafka.mechanism)})
    settings = bus.settings | as_environment(open_kafka) | {"NWD_HOME": str(tmp_path)}
    result = replace(bus, settings=settings).nwd("organisation", "rotate", college)

    assert result.exit_code == 1
    assert "sasl.enabled.mechanisms" in result.stderr
    assert users.rotated_since(college) is None
    assert logs_in(users.connection(open_kafka, college))


def test_a_kafka_whose_tokens_others_issue_gets_no_users_of_ours(bus: Bus) -> None:
    """It is said before anything is tried."""
    tokens = bus.settings | {"NWD_KAFKA_SASL_MECHANISM": "OAUTHBEARER"}
    result = replace(bus, settings=tokens).nwd("init")

    assert result.exit_code == 1
    assert "Unset NWD_KAFKA_MANAGE_ACCESS" in result.stderr


def test_a_broker_that_refuses_is_not_warned_of(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where somebody had said once that an open one was meant."""
    warning = Mock()
    monkeypatch.setattr(logging.getLogger(broker_access.__name__), "warning", warning)
    with bus.hub() as hub:
        go_without_acls(hub.settings.home)
        warn_without_acls(hub)

    warning.assert_not_called()
    assert REGISTRY.get_sample_value("nwd_broker_without_acls") == 0


def test_who_leaves_while_no_filter_runs_is_out_and_is_told_what_is_still_to_do(bus: Bus) -> None:
    """Nothing is retracted yet; the same command goes on."""
    jobcentre = bus.name("jobcentre-e")
    remove = ("organisation", "remove", jobcentre, "--yes", "--timeout", "0")
    first, second = bus.nwd(*remove, "--json"), bus.nwd(*remove)
    shown = bus.nwd("organisation", "show", jobcentre)

    assert (first.exit_code, second.exit_code) == (5, 5)
    assert json.loads(first.stdout)["agreements"] == [bus.name("jobcentre-e.engagement")]
    assert not json.loads(first.stdout)["is_enforced"]
    assert "run this command again" in second.stderr
    assert "goes on" in shown.stderr
    assert not any(rule["user"] == jobcentre for rule in bus.lines("broker", "acls"))
