"""Organisations as an operator deals with them, and as they come to Kafka with what they got."""

import json
import logging
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import Mock

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
)
from prometheus_client import REGISTRY
from typer.testing import Result

from consumers.tray_reader import read_tray
from deploy.broker.access import apply_rules
from deploy.broker.passwords import logs_in as can_log_in
from deploy.broker.passwords import set_passwords
from deploy.broker.topics import topics_there
from deploy.home.kafka_users import KafkaUsers
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.operations import broker_access, joining, leaving, password_rotation
from deploy.operations.broker_access import go_without_acls, warn_without_acls
from schemas.codec import encode
from schemas.identifiers import PassportNumber, ProviderId, ServiceId, TopicName
from schemas.kafka_connection import KafkaConnection
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until
from tests.plugins.database_server import fresh_database
from tests.plugins.server_folder import server_folder
from tests.support.factories import make_referral
from tests.support.given_servers import given_database
from tests.support.kafka_settings import as_environment
from tests.support.kcat import kcat_environment


def properties(kit: Path) -> dict[str, str]:
    """Return the client's settings, as a program reads them."""
    lines = (kit / "kafka.properties").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def refusal(kit: Path, topic: str) -> KafkaError | None:
    """Return why a record was not taken; None where it was."""
    told: list[KafkaError | None] = []
    producer = Producer(properties(kit) | {"log_level": "0"})
    producer.produce(topic, b"nothing", b"key", on_delivery=lambda error, _: told.append(error))
    producer.flush(WAIT_SECONDS)
    return told[0]


def logs_in(kit: Path) -> bool:
    """Return whether Kafka takes a kit's password, as a client that we did not write finds."""
    refused = Event()

    def told(error: KafkaError) -> None:
        if error.code() == KafkaError._AUTHENTICATION:
            refused.set()

    consumer = Consumer(properties(kit) | {"group.id": "none", "log_level": "0", "error_cb": told})
    until = time.monotonic() + WAIT_SECONDS
    try:
        while time.monotonic() < until and not refused.is_set():
            consumer.poll(0)
            with suppress(KafkaException):
                consumer.list_topics(timeout=0.5)
                return True
    finally:
        consumer.close()
    assert refused.is_set(), "Kafka gave no answer"
    return False


def read_by_kcat(kit: Path, tray: str) -> str:
    """Return the keys of a tray, as kcat reads it to its end with a kit's file."""
    environment = os.environ | kcat_environment(kit)
    done = subprocess.run(  # noqa: S603 - a program that the test needs, on files of its own
        [
            *(shutil.which("kcat") or "", "-C", "-F", "kafka.properties"),
            *("-t", tray, "-e", "-q", "-f", "%k\n"),
        ],
        cwd=kit,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def adding(bus: Bus, organisation: str, kit: Path) -> list[str]:
    """Return the command that adds an organisation, which publishes and receives."""
    return [
        *("organisation", "add", organisation, "--name", "The Example Trust", "--provider"),
        *("--recipient", bus.name("borough-d.support"), "--to", str(kit)),
    ]


def review(bus: Bus, joined: dict[str, Any]) -> None:
    """Write the words that a draft lacks, and enter it."""
    draft = Path(joined["draft"])
    words = draft.read_text("utf-8").removesuffix("\n") + " What it is for, in plain words.\n"
    draft.write_text(words, "utf-8")
    entered = enter(bus, draft)
    assert entered.exit_code == 0, entered.stderr


def publish(bus: Bus, kit: Path, joined: dict[str, Any]) -> PassportNumber:
    """Publish an event about somebody who lets the organisation see all; return their number."""
    number = bus.participant()
    (tray,) = joined["out_trays"]
    bus.done("consent", "grant", number, tray.removeprefix("out."), "--all")
    event = make_referral(
        ServiceId(joined["service"]),
        provider_id=ProviderId(joined["id"]),
        participant_id=PassportNumber(number),
    )
    producer = Producer(properties(kit) | {"partitioner": "murmur2_random"})
    producer.produce(joined["in_tray"], encode(event), number)
    assert producer.flush(WAIT_SECONDS) == 0
    return number


def enter(bus: Bus, draft: Path) -> Result:
    """Put a draft into the folder of agreements; where it is refused it does not stay there."""
    there = Path(bus.settings["NWD_AGREEMENTS"]) / draft.name
    shutil.copy(draft, there)
    result = bus.nwd("init")
    if result.exit_code:
        there.unlink()
    return result


@pytest.fixture
def kit(bus: Bus, tmp_path: Path) -> Path:
    """Give what a borough was given."""
    bus.done("organisation", "kit", bus.name("borough-d"), "--to", str(tmp_path / "kit"))
    return tmp_path / "kit"


@pytest.mark.needs("kcat", install="apt-get install kcat")
def test_who_joins_publishes_and_reads_with_nothing_but_what_it_is_sent(
    running: Bus, tmp_path: Path
) -> None:
    """By a client that we did not write and by kcat; nothing is shared before it is reviewed."""
    charity = running.name("charity-x")
    asked = adding(running, charity, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joining, "secure_broker", Mock(side_effect=OSError))
        cut_short = running.nwd(*asked)
    joined = running.json(*asked)
    (tray,) = joined["out_trays"]
    before_it_is_reviewed = read_by_kcat(tmp_path, tray)
    running.done("audit")
    unreviewed = enter(running, Path(joined["draft"]))
    review(running, joined)
    running.done(*asked)
    number = publish(running, tmp_path, joined)

    assert cut_short.exit_code == 1
    assert before_it_is_reviewed == ""
    assert "plain" in unreviewed.stderr
    wait_until(lambda: number in read_by_kcat(tmp_path, tray), "the record in the tray")
    group = f"{joined['out_trays'][tray]}{uuid.uuid4().hex}"
    consumer = Consumer(
        properties(tmp_path)
        | {"group.id": group, "auto.offset.reset": "earliest", "log_level": "0"}
    )
    consumer.subscribe([tray])
    keys: set[str] = set()
    while not any(number in key for key in keys):
        message = consumer.poll(WAIT_SECONDS)
        assert message is not None
        assert message.error() is None
        keys.add((message.key() or b"").decode())
    consumer.close()
    running.done("ledger", "verify")


@pytest.mark.needs("kcat", install="apt-get install kcat")
def test_of_who_leaves_nothing_logs_in_and_nothing_is_in_its_tray(
    running: Bus, tmp_path: Path
) -> None:
    """Also where the command was cut short; what is kept is said, and nothing opens again."""
    charity = running.name("charity-z")
    joined = running.json(*adding(running, charity, tmp_path))
    (tray,) = joined["out_trays"]
    agreement = tray.removeprefix("out.")
    review(running, joined)
    number = publish(running, tmp_path, joined)
    wait_until(lambda: number in read_by_kcat(tmp_path, tray), "the record in the tray")
    running.done("api-key", "add", charity, "--scope", f"consent:{agreement}")
    remove = ("organisation", "remove", charity)
    unsure = running.nwd(*remove, given="n\n")
    before = logs_in(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaving, "enter_agreements", Mock(side_effect=OSError))
        cut_short = running.nwd(*remove, "--yes")
    refused = not logs_in(tmp_path)
    running.done("init")
    left = running.json(*remove, "--yes")
    running.done("init")

    assert (unsure.exit_code, cut_short.exit_code) == (1, 1)
    assert agreement in unsure.stderr
    assert (before, refused, logs_in(tmp_path)) == (True, True, False)
    assert left["agreements"] == [agreement]
    assert (left["tombstones"], left["is_enforced"], left["named_still"]) == (1, True, True)
    assert {tray, joined["in_tray"], "the ledger"} <= {one["what"] for one in left["kept"]}
    states = {one["organisation"]: one["state"] for one in running.lines("api-key", "list")}
    assert states[charity] == "revoked"
    assert charity not in KafkaUsers.of_home(Path(running.settings["NWD_HOME"])).names()
    assert [*read_tray(running.kafka, TopicName(tray))][-1].value is None
    for refusal_of in (
        adding(running, charity, tmp_path),
        (*remove, "--yes"),
        ("participant", "register", "--provider", charity),
        ("api-key", "add", charity, "--scope", f"publish:{charity}"),
    ):
        assert "was removed" in running.nwd(*refusal_of).stderr
    running.done("audit")
    running.done("ledger", "verify")


def test_one_at_a_time_changes_who_may_do_what(
    bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two at once one would take away what the other had just made."""
    home, organisation = Path(bus.settings["NWD_HOME"]), bus.name("charity-u")
    found = []

    def is_locked() -> bool:
        with (home / "access.lock").open("rb") as file:
            try:
                flock(file, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def watched(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*given: Any) -> Any:
            found.append(is_locked())
            return change(*given)

        return changed

    monkeypatch.setattr(broker_access, "apply_rules", watched(apply_rules))
    monkeypatch.setattr(password_rotation, "set_passwords", watched(set_passwords))
    of_it = ("organisation", "rotate", organisation)
    commands = (
        ("organisation", "add", organisation, "--name", "X", "--provider", "--to", str(tmp_path)),
        ("organisation", "suspend", organisation),
        ("organisation", "resume", organisation),
        of_it,
        (*of_it, "--finish"),
        ("organisation", "remove", organisation, "--yes"),
        ("init",),
    )
    for command in commands:
        bus.done(*command)

    assert found == [True] * len(commands)
    assert not is_locked()


def test_who_is_in_the_reviewed_files_leaves_them_behind(running: Bus, tmp_path: Path) -> None:
    """They count no more of it, also at the next `nwd init`; others stay as they were."""
    jobcentre = running.name("jobcentre-e")
    running.done("organisation", "kit", jobcentre, "--to", str(tmp_path))
    left = running.json("organisation", "remove", jobcentre, "--yes")
    again = running.done("init")

    assert left["agreements"] == [running.name("jobcentre-e.engagement")]
    assert left["named_still"]
    assert f"{jobcentre} was removed" in again.stderr
    assert not logs_in(tmp_path)
    assert jobcentre not in {one["id"] for one in running.lines("organisation", "list")}
    running.done("audit")
    running.done("ledger", "verify")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("Not-An-Id", "--provider"), "not an organisation's id"),
        (("nwd-filter", "--provider"), "not an organisation's id"),
        (("borough-d", "--provider"), "already"),
        (("hub", "--provider"), "already"),
        (("charity-y",), "neither publish nor receive"),
        (("charity-y", "--recipient", "no.agreement"), "There is no agreement no.agreement"),
    ],
)
def test_who_cannot_join_is_told_why_and_nothing_is_made(
    bus: Bus, given: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    """Nobody gets what is another's."""
    name, *options = given
    name = bus.name(name) if name in {"borough-d", "charity-y"} else name
    result = bus.nwd(
        "organisation", "add", name, "--name", "X", "--to", str(tmp_path / "kit"), *options
    )

    assert result.exit_code == 1
    assert told in result.stderr
    assert not (tmp_path / "kit").exists()
    assert bus.name("charity-y") not in {one["id"] for one in bus.lines("organisation", "list")}


def test_both_passwords_are_taken_while_one_is_put_in_the_other_s_place(
    bus: Bus, kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after an `nwd init`, and where the command was cut short; then the new one alone."""
    borough = bus.name("borough-d")
    fails = Mock(side_effect=OSError)
    with monkeypatch.context() as patch:
        patch.setattr(password_rotation, "set_passwords", fails)
        cut_short = bus.nwd("organisation", "rotate", borough)
    again = bus.nwd("organisation", "rotate", borough)
    bus.done("init")
    shown = bus.json("organisation", "show", borough)
    bus.done("organisation", "kit", borough, "--to", str(kit / "new"))
    meanwhile = logs_in(kit), logs_in(kit / "new")
    own = refusal(kit / "new", f"in.{borough}")
    with monkeypatch.context() as patch:
        patch.setattr(KafkaUsers, "drop_older", fails)
        bus.nwd("organisation", "rotate", borough, "--finish")
    bus.done("organisation", "rotate", borough, "--finish")
    bus.done("init")

    assert cut_short.exit_code == 1
    assert again.exit_code == 1
    assert "two passwords since" in again.stderr
    assert shown["rotated_since"] is not None
    assert properties(kit)["sasl.mechanism"] == "SCRAM-SHA-512"
    assert properties(kit / "new")["sasl.mechanism"] == "SCRAM-SHA-256"
    assert meanwhile == (True, True)
    assert own is None
    assert (logs_in(kit), logs_in(kit / "new")) == (False, True)
    assert bus.json("organisation", "show", borough)["rotated_since"] is None
    finished = bus.nwd("organisation", "rotate", borough, "--finish")
    assert "has one password" in finished.stderr


def test_the_hub_s_own_users_get_new_passwords_and_the_hub_comes_by_them(bus: Bus) -> None:
    """And there is a third after the second."""
    user = "nwd-operator"
    with bus.hub() as hub:
        files = [hub.kafka(user).password_file]
        for _ in range(2):
            bus.done("broker", "rotate", user)
            files.append(hub.kafka(user).password_file)
            assert topics_there(hub.kafka(user))
            bus.done("broker", "rotate", user, "--finish")
            assert topics_there(hub.kafka(user))

    assert len(set(files)) == len(files)


def test_a_kit_is_for_one_user_alone(kit: Path) -> None:
    """Its files hold a password."""
    files = sorted(path.name for path in kit.iterdir())

    assert files == ["README.txt", "kafka-java.properties", "kafka.properties"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in [kit, *kit.iterdir()])
    password = properties(kit)["sasl.password"]
    assert password not in (kit / "README.txt").read_text("utf-8")
    assert f'password="{password}"' in (kit / "kafka-java.properties").read_text("utf-8")


def test_an_organisation_is_shown_with_what_it_writes_and_reads(bus: Bus) -> None:
    """The hub's own trays are nobody's."""
    borough = bus.name("borough-d")
    shown = bus.json("organisation", "show", borough)
    listed = {one["id"] for one in bus.lines("organisation", "list")}

    assert shown["in_tray"] == f"in.{borough}"
    assert shown["out_trays"] == {f"out.{bus.name('borough-d.support')}": f"{borough}."}
    assert borough in listed
    assert "hub" not in listed


def test_an_organisation_that_is_not_there_is_told_with_those_that_are(bus: Bus) -> None:
    """A slip of the pen is mended at once."""
    result = bus.nwd("organisation", "show", "nobody")

    assert result.exit_code == 1
    assert bus.name("borough-d") in result.stderr


def test_the_table_is_printed_for_who_runs_a_broker(bus: Bus) -> None:
    """The same rules in three forms."""
    rules = bus.lines("broker", "acls")
    lines = bus.done("broker", "acls").stdout
    users = bus.done("broker", "acls", "--form", "strimzi").stdout

    borough = bus.name("borough-d")
    assert {
        "user": borough,
        "operation": "Write",
        "resource": "topic",
        "name": f"in.{borough}",
        "is_prefix": False,
    } in rules
    assert f"--topic 'in.{borough}'" in lines
    assert f"name: in.{borough}" in users


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
    assert can_log_in(users.connection(open_kafka, college))


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
