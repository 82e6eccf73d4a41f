import re
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from tests.integration.cli.conftest import Bus
from tests.support.given_servers import given_database


def test_a_second_init_finds_nothing_to_do(bus: Bus) -> None:
    """What is set up stays as it is."""
    made = bus.json("init")

    lists = ("topics", "services", "agreements", "left_out", "beyond")
    assert made == {"secrets": False, "rules": 0} | {name: [] for name in lists}
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
