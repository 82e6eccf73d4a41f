"""A copy of the database, and what its planner knows, tell nothing of anybody."""

import json

import psycopg
from psycopg.sql import SQL, Composable, Identifier
from sqlalchemy import make_url

from schemas.identifiers import ProviderId
from tests.integration.cli.conftest import EVERYWHERE, Bus, wait_until
from tests.support.canaries import canary_blocks, traces

KINDS = ("referral", "enrolment", "outcome")
_TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""


def test_a_dump_and_the_statistics_tell_no_value_of_anybody(running: Bus) -> None:
    """After a life with every block: registered, published, refused, merged, shown, counted."""
    canaries = lived(running)

    held = everything(running)

    assert "passport.event" in held
    assert found(held["passport.event"], canaries) == []
    assert {table: kept for table, text in held.items() if (kept := found(text, canaries))} == {}


def test_a_trace_is_found_in_every_form() -> None:
    """A search that finds nothing anywhere would prove nothing."""
    for text in ("a Nwosu b", "\\x" + b"..Nwosu.".hex(), "xx", "Tndvc3U=", "IE53b3N1IA=="):
        assert bool(found(text, ["Nwosu"])) == (text != "xx")


def lived(bus: Bus) -> list[str]:
    """Let somebody go through every flow, and return all that was said of them."""
    canaries: list[str] = []
    lines, blocks = [], {}
    for kind in KINDS:
        blocks[kind], said = canary_blocks(kind)
        canaries += said
    person = json.dumps(blocks["referral"]["identity"])
    register = ("participant", "register", "--provider", bus.name("borough-d"), "--stdin")
    number = bus.json(*register, given=person)["participant_id"]
    for kind in KINDS:
        fields = json.loads(bus.line(kind, number))
        participation = fields["participation"] | blocks[kind].pop("participation")
        lines.append(json.dumps(fields | blocks[kind] | {"participation": participation}))
    bus.done("publish", given="\n".join(lines))
    bus.wait_for_events(number, len(KINDS))
    for agreement in EVERYWHERE:
        bus.done("consent", "grant", number, bus.name(agreement), "--all")
    bus.send(ProviderId("borough-d"), json.dumps(blocks).encode())  # a dead letter
    other = bus.somebody()
    bus.done("participant", "merge", other, "--into", number)

    def is_read() -> bool:
        copy = bus.json("export", number)
        return (len(copy["passport"]["story"]), len(copy["figures"])) == (6, 6)

    wait_until(is_read, "the passport and the figures")
    return canaries


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
