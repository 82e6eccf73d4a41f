"""Organisations as an operator deals with them, and as they come to Kafka with what they got."""

import shutil
import uuid
from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from confluent_kafka import Consumer, Producer
from typer.testing import Result

from consumers.tray_reader import read_tray
from deploy.broker.access import apply_rules
from deploy.broker.passwords import set_passwords
from deploy.broker.topics import topics_there
from deploy.home.kafka_users import KafkaUsers
from deploy.operations import broker_access, joining, leaving, password_rotation
from schemas.codec import encode
from schemas.identifiers import PassportNumber, ProviderId, ServiceId, TopicName
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until
from tests.support.factories import make_referral
from tests.support.kits import logs_in, properties, read_by_kcat, refusal
from tests.support.published_services import as_file, published


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
    audited = running.json("audit")
    unreviewed = enter(running, Path(joined["draft"]))
    review(running, joined)
    running.done(*asked)
    number = publish(running, tmp_path, joined)

    assert cut_short.exit_code == 1
    assert before_it_is_reviewed == ""
    assert tray not in audited["unknown_topics"]
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
    fails = Mock(side_effect=OSError)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaving, "secure_broker", fails)
        cut_short = running.nwd(*remove, "--yes")
    running.done("init")
    refused = not logs_in(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaving, "enter_agreements", fails)
        cut_again = running.nwd(*remove, "--yes")
    left = running.json(*remove, "--yes")
    running.done("init")

    assert (unsure.exit_code, cut_short.exit_code, cut_again.exit_code) == (1, 1, 1)
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
    offered = tmp_path / "services.json"
    offered.write_bytes(as_file(published()))
    importing = ("services", "import", str(offered), "--provider", jobcentre)
    running.done(*importing)
    left = running.json("organisation", "remove", jobcentre, "--yes")
    again = running.done("init")

    assert left["agreements"] == [running.name("jobcentre-e.engagement")]
    assert left["named_still"]
    assert f"{jobcentre} was removed" in again.stderr
    assert running.lines("services", "list") == []
    assert f"{jobcentre} was removed" in running.nwd(*importing).stderr
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
