import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from producers.examples import EXAMPLES
from producers.json_lines import line_of
from producers.outbox.outbox import Outbox, OutboxError, open_outbox, table_sql
from producers.outbox.relay import Relay, RelayTurn
from schemas.errors import BusError
from schemas.identifiers import is_event_id
from tests.support.kept_events import KeptEvents


class System:
    """A provider's own system, which writes rows."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.run(table_sql("sqlite"))

    def run(self, script: str) -> None:
        """Run statements."""
        with sqlite3.connect(self.file) as connection:
            connection.executescript(script)
        connection.close()

    def write(self, *payloads: object, aggregate_id: str = "NWD-SAMP-1E00-9") -> None:
        """Insert a row for each payload, in one transaction."""
        with sqlite3.connect(self.file) as connection:
            connection.executemany(
                "INSERT INTO outbox (aggregatetype, aggregateid, type, payload)"
                " VALUES ('borough-d', ?, 'referral', ?)",
                [(aggregate_id, payload) for payload in payloads],
            )
        connection.close()

    def rows(self, columns: str) -> list[Any]:
        """Return columns of all rows in order of seq."""
        with sqlite3.connect(self.file) as connection:
            found = connection.execute(f"SELECT {columns} FROM outbox ORDER BY seq").fetchall()  # noqa: S608 - of the test itself
        connection.close()
        return found


@pytest.fixture
def system(tmp_path: Path) -> System:
    """Give a provider's system with an outbox in SQLite."""
    return System(tmp_path / "crm.db")


@pytest.fixture
def outbox(system: System) -> Iterator[Outbox]:
    """Give the outbox as the relay opens it."""
    with open_outbox(f"sqlite:///{system.file}", "outbox") as opened:
        yield opened


@pytest.fixture
def trays() -> KeptEvents:
    """Give what stands for Kafka."""
    return KeptEvents()


def payload(**changes: Any) -> str:
    """Return the example referral without what the columns hold."""
    fields = json.loads(line_of(EXAMPLES["referral"]))
    for name in ("type", "event_id", "participant_id", "recorded_at"):
        fields.pop(name, None)
    return json.dumps(fields | changes)


def relay(outbox: Outbox, trays: KeptEvents) -> Relay:
    """Return the relay of a provider that has one in-tray."""
    return Relay(outbox, trays, lambda provider_id: provider_id == "borough-d")


def test_what_a_payload_leaves_out_is_in_the_columns(
    system: System, outbox: Outbox, trays: KeptEvents
) -> None:
    """Debezium's columns say who, which and what; a payload that says it itself is followed."""
    own = "6f0a3ad8-5a53-4a6b-9ab3-0f4a2b6f9d11"
    system.write(payload(), payload(event_id=own, revision=2))

    assert relay(outbox, trays).turn() == RelayTurn(published=2, refused=0)

    (first,), _ = system.rows("id")
    assert [event.event_id for event in trays.events] == [first, own]
    assert is_event_id(first)
    assert {event.participant_id for event in trays.events} == {"NWD-SAMP-1E00-9"}
    assert abs((datetime.now(UTC) - trays.events[0].recorded_at).total_seconds()) < 60


def test_rows_come_in_their_order_and_once(
    system: System, outbox: Outbox, trays: KeptEvents
) -> None:
    """However many there are."""
    system.write(*(payload(revision=number) for number in range(1, 1202)))
    work = relay(outbox, trays)

    assert work.turn() == RelayTurn(1201, 0)
    assert work.turn() == RelayTurn(0, 0)
    assert [event.revision for event in trays.events] == list(range(1, 1202))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("no JSON at all", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        (payload(identity={"ni_number": "QQ12345"}), "identity.ni_number"),
        (payload(type="visit"), "type: must be one of"),
        (payload(provider_id="college-c"), "provider_id: there is no in-tray"),
        (payload(participant_id="nobody"), "participant_id"),
        (payload(notes={"text": "x" * 1_100_000}), "longer than any event"),
    ],
)
def test_a_bad_row_says_why_and_holds_up_nobody(
    system: System, outbox: Outbox, trays: KeptEvents, bad: str, why: str
) -> None:
    """In its own column, without the value that is wrong; mended and set free, it goes through."""
    system.write(bad, payload())
    work = relay(outbox, trays)

    assert work.turn() == RelayTurn(published=1, refused=1)

    (refused,), (other,) = system.rows("refused")
    assert why in refused
    assert "QQ12345" not in refused
    assert other is None
    system.run(f"UPDATE outbox SET refused = NULL, payload = '{payload()}' WHERE seq = 1")  # noqa: S608 - of the test itself
    assert work.turn() == RelayTurn(published=1, refused=0)


def test_bytes_that_are_no_text_hold_up_nobody(
    system: System, outbox: Outbox, trays: KeptEvents
) -> None:
    """SQLite keeps them in a column of text."""
    system.write(payload(), payload(), payload())
    system.run("UPDATE outbox SET payload = CAST(x'ff' AS TEXT) WHERE seq = 1")
    system.run("UPDATE outbox SET type = CAST(x'ff' AS TEXT) WHERE seq = 2")

    assert relay(outbox, trays).turn() == RelayTurn(published=1, refused=2)


def test_what_kafka_did_not_acknowledge_is_published_again_to_the_byte(
    system: System, outbox: Outbox, trays: KeptEvents
) -> None:
    """Nothing is marked; and when the relay is killed before it marks, the same comes again."""
    system.write(payload(), payload())
    trays.is_away = True
    with pytest.raises(BusError):
        relay(outbox, trays).turn()

    trays.is_away = False
    assert relay(outbox, trays).turn() == RelayTurn(2, 0)
    system.run("UPDATE outbox SET published_at = NULL")
    assert relay(outbox, trays).turn() == RelayTurn(2, 0)

    assert trays.events[:2] == trays.events[2:]


def test_the_backlog_says_how_long_the_oldest_row_waits(
    system: System, outbox: Outbox, trays: KeptEvents
) -> None:
    """Of those that are neither published nor set aside."""
    system.write("nonsense", payload(), payload())
    relay(outbox, trays).turn()
    system.write(payload())
    system.run("UPDATE outbox SET written_at = datetime('now', '-90 seconds') WHERE seq = 4")

    backlog = outbox.backlog()

    assert (backlog.rows, backlog.refused) == (1, 1)
    assert 89 < backlog.oldest_seconds < 100


def test_a_table_that_is_no_outbox_is_named(system: System, tmp_path: Path) -> None:
    """With the columns that it lacks."""
    system.run("CREATE TABLE other (id TEXT, type TEXT, payload TEXT)")
    for name, missing in (("other", "seq, written_at"), ("nothing", "aggregatetype")):
        with (
            pytest.raises(OutboxError, match=missing),
            open_outbox(f"sqlite:///{tmp_path / 'crm.db'}", name),
        ):
            pass


def test_a_database_that_fails_is_told_in_words(system: System, trays: KeptEvents) -> None:
    """At the beginning and in the middle, with what is wrong."""
    folder = f"sqlite:///{system.file.parent}"
    with pytest.raises(OutboxError, match="unable to open"), open_outbox(folder, "outbox"):
        pass

    def lose_the_table() -> None:
        with open_outbox(f"sqlite:///{system.file}", "outbox") as outbox:
            system.run("DROP TABLE outbox")
            relay(outbox, trays).turn()

    with pytest.raises(OutboxError, match="no such table"):
        lose_the_table()


@pytest.mark.parametrize("url", ["nonsense", "oracle://here", "postgresql+nothing://here", ""])
def test_an_address_that_cannot_be_used_is_not_repeated(url: str) -> None:
    """It may have a password in it."""
    with (
        pytest.raises(OutboxError, match="no address that can be used"),
        open_outbox(url, "outbox"),
    ):
        pass
