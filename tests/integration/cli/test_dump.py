"""A copy of the database, every log, error and metric: they tell nothing of anybody."""

import io
import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from typing import Any

import psutil
import psycopg
import pytest
from prometheus_client import generate_latest
from psycopg.sql import SQL, Composable, Identifier
from sqlalchemy import make_url

from deploy.home.api_token import read_api_token
from deploy.web.app import create_hub_app
from deploy.web.guard.key_ring import FRESH_SECONDS
from schemas.identifiers import PassportNumber, ProviderId
from tests.integration.cli.conftest import EVERYWHERE, Bus, wait_until
from tests.support.canaries import canary_blocks, traces
from tests.support.everything_logged import everything_logged
from tests.support.ilr.returns import BROKEN_2018, FILES, MADE_2025
from tests.support.web import serving

KINDS = ("referral", "enrolment", "outcome")
_TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""


@dataclass
class Life:
    """Somebody who went through every flow, and all that was said of them and written meanwhile.

    `told` is what commands said beside what they were asked to show, and what HTTP answered.
    """

    bus: Bus
    log: io.StringIO
    canaries: list[str] = field(default_factory=list)
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    number: PassportNumber = PassportNumber("")
    other: PassportNumber = PassportNumber("")

    def does(self, *arguments: str, given: str | None = None) -> str:
        """Run a command and return its result; what it says beside that is kept."""
        result = self.bus.nwd(*arguments, given=given)
        assert result.exit_code in (0, 1, 2, 4), (arguments, result.output)
        self.told.append(result.stderr)
        return result.stdout

    def told_after(self, *arguments: str, given: str | None = None) -> str:
        """Run a command that shows nothing; return what it says beside that."""
        self.told.append(self.does(*arguments, given=given))
        return self.told[-2]

    def said(self, *arguments: str, given: str | None = None) -> str:
        """Run a command that shows nothing of anybody; all that it says is kept."""
        self.told.append(self.does(*arguments, given=given))
        return self.told[-1]


@pytest.fixture(scope="module")
def life(running: Bus) -> Iterator[Life]:
    """Let somebody live, with every block: registered, published, refused, merged, counted."""
    with everything_logged() as log:
        made = Life(running, log)
        live(made)
        yield made


def test_a_dump_and_the_statistics_tell_no_value_of_anybody(life: Life) -> None:
    """After that life; the person's own copy has all of it."""
    held = everything(life.bus)

    assert "passport.event" in held
    assert found(held["passport.event"], life.canaries) == []
    texts = {table: found(text, life.canaries) for table, text in held.items()}
    assert {table: kept for table, kept in texts.items() if kept} == {}


def test_no_log_no_error_no_metric_and_no_process_list_tells_a_value_of_anybody(
    life: Life, tmp_path: Path
) -> None:
    """With everything logged, and after all that can go wrong, and that shows or takes away."""
    looked_up(life)
    badly_typed(life)
    badly_sent(life, tmp_path)
    asked_over_http(life)
    published_over_http(life)
    running = life.bus.process(
        *("participant", "register", "--provider", life.bus.name("borough-d"), "--stdin"),
        has_input=True,
    )
    processes = " ".join(
        word for one in psutil.process_iter(["cmdline"]) for word in one.info["cmdline"] or ()
    )
    _, said = running.communicate(json.dumps(life.blocks["referral"]["identity"]))
    taken_away(life)

    texts = {
        "log": life.log.getvalue(),
        "error": "\n".join([*life.told, said]),
        "metric": generate_latest().decode(),
        "process list": processes,
        "what PostgreSQL shows of its sessions": activity(life.bus),
    }
    assert "sqlalchemy" in texts["log"], "a log without libraries would prove nothing"
    assert len(life.canaries) > 100
    assert {
        where: kept for where, text in texts.items() if (kept := found(text, life.canaries))
    } == {}
    assert not [
        where for where, text in texts.items() if where in ("log", "metric") and life.number in text
    ]


def test_a_trace_is_found_in_every_form() -> None:
    """A search that finds nothing anywhere would prove nothing."""
    for text in ("a Nwosu b", "\\x" + b"..Nwosu.".hex(), "xx", "Tndvc3U=", "IE53b3N1IA=="):
        assert bool(found(text, ["Nwosu"])) == (text != "xx")


def live(life: Life) -> None:
    """Let somebody go through every flow."""
    bus, lines = life.bus, []
    for kind in KINDS:
        life.blocks[kind], said = canary_blocks(kind)
        life.canaries += said
    identity = json.dumps(life.blocks["referral"]["identity"])
    register = ("participant", "register", "--provider", bus.name("borough-d"), "--stdin")
    life.number = PassportNumber(life.said(*register, given=identity).strip())
    for kind in KINDS:
        fields = json.loads(bus.line(kind, life.number))
        blocks = dict(life.blocks[kind])
        participation = fields["participation"] | blocks.pop("participation")
        lines.append(json.dumps(fields | blocks | {"participation": participation}))
    life.said("publish", given="\n".join(lines))
    bus.wait_for_events(life.number, len(KINDS))
    for agreement in EVERYWHERE:
        life.said("consent", "grant", life.number, bus.name(agreement), "--all")
    bus.send(ProviderId("borough-d"), json.dumps(life.blocks).encode())  # a dead letter
    life.other = bus.somebody()
    life.said("participant", "merge", life.other, "--into", life.number)

    def is_read() -> bool:
        copy = json.loads(life.does("export", life.number, "--json"))
        return (len(copy["passport"]["story"]), len(copy["figures"])) == (6, 6)

    wait_until(is_read, "the passport and the figures")


def looked_up(life: Life) -> None:
    """At another door, by what is known of them, in each way in which that is answered."""
    door = ("participant", "register", "--provider", life.bus.name("college-c"), "--stdin")
    own = {"given_names": canary(life), "reference": canary(life)}
    identity = life.blocks["referral"]["identity"] | own
    assert "same learner number" in life.told_after(*door, given=json.dumps(identity))
    life.said(*door, "--with-consent", given=json.dumps(identity))
    life.said(*door, "--same-as", life.other, given=json.dumps(identity))
    for shows in (("participant", "show"), ("consent", "show"), ("disclosures",)):
        life.said(*shows, life.number)
    for shows in (("passport", "show"), ("consent", "receipt"), ("export",)):
        life.does(*shows, life.number)


def badly_typed(life: Life) -> None:
    """What a person types that has not the form that it must have."""
    door = ("participant", "register", "--provider", life.bus.name("borough-d"), "--stdin")
    word = canary(life)
    for wrong in (
        f'{{"given_names": "{word}"',
        json.dumps([word]),
        json.dumps({word: word}),
        json.dumps({"given_names": [word]}),
        json.dumps({"date_of_birth": word, "ni_number": word, "uln": word}),
        json.dumps({"given_names": word, "reference": {"a": word}}),
    ):
        life.said(*door, given=wrong)
    line = json.loads(life.bus.line("referral", life.number))
    wrong_lines = [
        line | changes
        for changes in (
            {"participant_id": word},
            {"event": word},
            {"occurred_at": word},
            {"health": {"conditions": word}},
            {word: word},
            {"participation": line["participation"] | {"service_id": word}},
            {"participation": line["participation"] | {"referral_ref": word}},
            {"participant_id": "NWD-SAMP-1E00-9", "notes": {"text": word}},
        )
    ]
    life.said("publish", given="\n".join([word, *map(json.dumps, wrong_lines)]))
    life.said("publish", given=json.dumps(line | {"provider_id": word}))
    life.said("consent", "grant", life.number, word, "--all")
    life.said("consent", "show", word)


def badly_sent(life: Life, folder: Path) -> None:
    """Bytes in an in-tray, dead letters that are shown and mended, and returns that are none."""
    bus, word = life.bus, canary(life)
    for value in (
        word.encode(),
        b"\0\0\0\0\x01" + word.encode(),
        json.dumps({word: word}).encode(),
    ):
        bus.send(ProviderId("borough-d"), value, key=word.encode())
    wait_until(lambda: len(bus.lines("dead-letters")) >= 4, "the dead letters")
    mended = folder / "mended.json"
    mended.write_text(json.dumps({word: word}), "utf-8")
    for letter in bus.lines("dead-letters")[:2]:
        by = (letter["origin"], "--operator", "J. Sample")
        life.does("dead-letters", "show", *by)
        life.said("dead-letters", "replay", *by, "--with", str(mended))
        life.said("dead-letters", "replay", *by)
    life.said("dead-letters")
    college = ("--provider", bus.name("college-c"), "--although-of-another-organisation")
    (folder / MADE_2025).write_text(f"<Message>{word}</Message><{word}", "utf-8")
    life.said("import", "ilr", str(folder / MADE_2025), *college)
    for name in (MADE_2025, BROKEN_2018):
        text = (FILES / name).read_text("utf-8")
        for tag in ("FamilyName", "GivenNames", "AddLine1", "Postcode"):
            text = re.sub(rf"<{tag}>[^<]*<", f"<{tag}>{canary(life)}<", text)
        (folder / name).write_text(text, "utf-8")
        for options in (("--dry-run",), ()):
            life.said("import", "ilr", str(folder / name), *college, *options)


def asked_over_http(life: Life) -> None:
    """Of a real server: in bodies, paths, questions, heads, and with what is no HTTP at all."""
    word = canary(life)
    token = read_api_token(Path(life.bus.settings["NWD_HOME"]))
    about = {"number": life.number, "agreement": life.bus.name("borough-d.support")}
    with life.bus.hub() as hub, serving(create_hub_app(hub)) as port:
        here = HTTPConnection("127.0.0.1", port)
        head = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        for path, body, more in (
            ("/consent/show", json.dumps(about), {}),
            ("/consent/grant", json.dumps(about | {"categories": [word]}), {}),
            ("/consent/grant", json.dumps(about | {word: word}), {}),
            ("/consent/grant", json.dumps({"number": word, "agreement": word}), {}),
            ("/consent/withdraw", f'{{"{word}', {}),
            (f"/consent/{word}?{word}={word}", word, {"x-word": word, "content-type": word}),
            (f"/subjects/{word}/versions/{word}", "", {"authorization": f"Bearer {word}"}),
            ("/consent/show", json.dumps(about), {"host": word}),
        ):
            here.request("POST", path, body, head | more)
            life.told.append(here.getresponse().read().decode())
        here.close()
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.sendall(f"{word} {word}\r\n{word}\r\n\r\n".encode())
            life.told.append(plain.recv(10_000).decode())


def published_over_http(life: Life) -> None:
    """By a provider's key: what is accepted, what is refused, and what nobody understands."""
    word, name = canary(life), life.bus.name("borough-d")
    made = json.loads(life.does("api-key", "add", name, "--scope", f"publish:{name}", "--json"))
    time.sleep(FRESH_SECONDS)
    line = json.loads(life.bus.line("referral", life.number))
    people = [
        {"reference": word, "given_names": word},
        {"reference": word, "date_of_birth": word, "passport_number": word, "answer": word},
        {"reference": word, word: word},
        word,
    ]
    with life.bus.hub() as hub, serving(create_hub_app(hub)) as port:
        here = HTTPConnection("127.0.0.1", port)
        head = {"authorization": f"Bearer {made['secret']}", "content-type": "application/json"}
        for path, body, more in (
            ("/v1/events", json.dumps(line | {"notes": {"text": word}}), {"idempotency-key": word}),
            ("/v1/events", json.dumps(line | {"notes": {"text": word}}), {"idempotency-key": word}),
            ("/v1/events", json.dumps(line | {"participant_id": word, word: word}), {}),
            ("/v1/events", word, {"content-type": "application/x-ndjson"}),
            ("/v1/participants", json.dumps(people), {}),
            ("/v1/events/status", json.dumps({"event_ids": [word]}), {}),
            ("/v1/dead-letters/replay", json.dumps({"origin": word}), {}),
            ("/v1/dead-letters/replay", json.dumps({"reason": word}), {}),
        ):
            here.request("POST", path, body, head | more)
            life.told.append(here.getresponse().read().decode())
        here.close()
    life.does("api-key", "revoke", made["id"])


def taken_away(life: Life) -> None:
    """Closed, parted again and erased."""
    support = life.bus.name("borough-d.support")
    life.said("consent", "withdraw", life.number, support)
    life.said("participant", "unmerge", life.other)
    life.said("audit", "--read-models")
    life.said("stats")
    life.said("erasure", "start", life.number, "--yes")
    life.said("export", life.number)
    life.said("ledger", "verify")


def canary(life: Life) -> str:
    """Return one more value that stands nowhere else."""
    life.canaries.append(f"Canary{token_hex(6)}")
    return life.canaries[-1]


def activity(bus: Bus) -> str:
    """Return what PostgreSQL shows of its sessions and of what they did."""
    url = make_url(bus.settings["NWD_DATABASE_OWNER_URL"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        return copied(connection, SQL("(SELECT * FROM pg_stat_activity)"))


def everything(bus: Bus) -> dict[str, str]:
    """Return every table of every schema as COPY writes it, and the planner's statistics."""
    url = make_url(bus.settings["NWD_DATABASE_OWNER_URL"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("ANALYZE")
        tables = connection.execute(_TABLES).fetchall()
        held = {
            f"{schema}.{name}": copied(connection, Identifier(schema, name))
            for schema, name in tables
        }
        return held | {"pg_stats": copied(connection, SQL("(SELECT * FROM pg_stats)"))}


def copied(connection: psycopg.Connection, what: Composable) -> str:
    """Return all rows of a table or a query."""
    copying = SQL("COPY {} TO STDOUT").format(what)
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        return b"".join(copy).decode()


def found(text: str, canaries: list[str]) -> list[str]:
    """Return the traces of values that a text holds."""
    return [trace for trace in traces(canaries) if trace in text]
