"""`nwd relay`: rows that a provider's own system writes in an outbox, to its in-tray."""

import time
from collections.abc import Callable
from typing import Annotated, Final, Literal

from typer import BadParameter, Exit, Option, Typer

from deploy.broker.address import find_kafka
from deploy.broker.in_trays import open_in_trays
from deploy.broker.topics import providers_with_in_tray
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.referral_warnings import UNSEEN, warnings_of
from deploy.cli.text.services import print_warnings
from deploy.home.kafka_users import HubUser
from deploy.home.memberships import removed
from deploy.metrics import RELAY_OLDEST, RELAYED, serve_metrics
from deploy.operations.service_warnings import NotedReferrals, NotingPublisher
from deploy.pages.service_fields import warning_fields
from deploy.pages.text import counted
from deploy.settings import read_settings
from deploy.stop_signals import asked_by_signals
from producers.outbox.outbox import Backlog, Outbox, open_outbox, table_sql
from producers.outbox.relay import Relay
from schemas.errors import BusError
from schemas.identifiers import ProviderId
from schemas.kafka_connection import KafkaConnection

app = Typer()

_ONCE_SECONDS: Final = 10.0
"""How long `--once` waits for transactions that are writing the table."""
_LOOK_SECONDS: Final = 0.2
_ASK_SECONDS: Final = 10.0
"""Between two questions of which in-trays there are: many rows may name one that is not."""


@app.command(
    epilog=examples(
        "nwd relay --print-table postgresql | psql crm",
        "nwd relay --database postgresql+psycopg://nwd_relay@localhost/crm",
        "nwd relay --database sqlite:///crm.db --once",
        "nwd relay --database sqlite:///crm.db --check --older-than 300",
        exits=(ExitCode.DIFFERENCES,),
    )
)
def relay(
    *,
    database: Annotated[
        str | None,
        Option(
            metavar="URL",
            envvar="NWD_OUTBOX_DATABASE_URL",
            help="SQLAlchemy URL of the database; as a variable it keeps a password from `ps`.",
        ),
    ] = None,
    table: Annotated[
        str, Option(help="The table's name, after its schema and a dot where it needs one.")
    ] = "outbox",
    once: Annotated[
        bool, Option("--once", help="Publish what is there, and end; for a timer of your own.")
    ] = False,
    every: Annotated[
        float, Option(min=0.05, metavar="SECONDS", help="How often to look for rows.")
    ] = 1.0,
    check: Annotated[
        bool, Option("--check", help="Publish nothing: say whether a row waits for too long.")
    ] = False,
    older_than: Annotated[
        float, Option(min=0, metavar="SECONDS", help="With --check: how long is too long.")
    ] = 60.0,
    print_table: Annotated[
        Literal["postgresql", "sqlite", "mariadb"] | None,
        Option(help="Print the SQL that makes the table, and end."),
    ] = None,
    metrics_port: Annotated[
        int,
        Option(min=0, max=65_535, help="Serve /metrics on this port of the loopback; 0 is none."),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Publish rows that your own system writes in an outbox table, until Ctrl-C or SIGTERM.

    Your system inserts a row in the transaction in which it changes its own data; this publishes
    it, as you, and marks it in the table. Nothing is lost and nothing counts twice, whatever is
    killed when; what was written about a person in order comes in order. A row that is no event
    is set aside: its column `refused` says why. --check ends with 3 where a row waits too long.
    A referral to a service that is closed, full or long unconfirmed is warned about, where the hub
    can be asked.
    """
    if print_table is not None:
        output.result(table_sql(print_table).rstrip())
        return
    if database is None:
        raise BadParameter("It needs --database URL, or NWD_OUTBOX_DATABASE_URL.")
    with open_outbox(database, table) as outbox:
        if check:
            _check(outbox.backlog(), older_than, as_json=as_json)
            return
        outbox.take()
        kafka = find_kafka(HubUser.DOORS)
        with open_in_trays(kafka) as trays:
            noted = NotedReferrals()
            work = Relay(outbox, NotingPublisher(trays, noted), _InTrays(kafka).has)
            if once:
                _once(outbox, work, noted, as_json=as_json)
            else:
                serve_metrics(metrics_port)
                _follow(outbox, work, noted, every)


class _InTrays:
    """The providers whose in-trays this user may write; a new one is asked for when it comes."""

    def __init__(self, kafka: KafkaConnection) -> None:
        self._kafka = kafka
        self._asked_at = float("-inf")
        self._known: set[str] = set()
        self._ask()
        if not self._known:
            raise BusError(
                "Kafka shows this user no in-tray.",
                "The relay publishes with the provider's own user: is it set in NWD_KAFKA_USER?",
            )

    def has(self, provider_id: ProviderId) -> bool:
        if provider_id not in self._known and time.monotonic() > self._asked_at + _ASK_SECONDS:
            self._ask()
        return provider_id in self._known

    def _ask(self) -> None:
        self._known = providers_with_in_tray(self._kafka) - removed(read_settings().home)
        self._asked_at = time.monotonic()


def _once(outbox: Outbox, work: Relay, noted: NotedReferrals, *, as_json: bool) -> None:
    until = time.monotonic() + _ONCE_SECONDS
    published = refused = 0
    while True:
        turn = work.turn()
        published, refused = published + turn.published, refused + turn.refused
        waiting = outbox.backlog().rows
        if not waiting or time.monotonic() > until:
            break
        time.sleep(_LOOK_SECONDS)
    warnings = warnings_of(noted)
    if as_json:
        counts = {"published": published, "refused": refused, "waiting": waiting}
        fields = [*map(warning_fields, warnings or [])]
        output.json_object(counts | {"service_warnings": fields})
        return
    output.result(
        f"{counted(published, 'row')} published, {refused:,} refused, {waiting:,} waiting"
    )
    _say_refused(refused)
    if waiting:
        output.message("Who writes the table has not ended yet: they are published after that.")
    print_warnings(warnings or [])
    if warnings is None:
        output.message(UNSEEN)


def _follow(outbox: Outbox, work: Relay, noted: NotedReferrals, every: float) -> None:
    output.message("Following the outbox. Ctrl-C ends it.")
    is_unseen_said = False
    with asked_by_signals() as request:
        while not request.is_made:
            turn = work.turn()
            RELAYED.labels("published").inc(turn.published)
            RELAYED.labels("refused").inc(turn.refused)
            RELAY_OLDEST.set(outbox.backlog().oldest_seconds)
            _say_refused(turn.refused)
            warnings = warnings_of(noted)
            noted.by_service.clear()
            print_warnings(warnings or [])
            if warnings is None and not is_unseen_said:
                output.message(UNSEEN)
                is_unseen_said = True
            _sleep(every, lambda: request.is_made)
    output.message("Ended the relay.")


def _check(backlog: Backlog, older_than: float, *, as_json: bool) -> None:
    is_late = backlog.oldest_seconds > older_than
    if as_json:
        output.json_object(backlog._asdict() | {"is_late": is_late})
    else:
        waiting = f"{counted(backlog.rows, 'row')} waiting"
        oldest = f", the oldest for {backlog.oldest_seconds:.0f} s" if backlog.rows else ""
        output.result(f"{waiting}{oldest}; {backlog.refused:,} refused")
    if is_late:
        output.message("Does `nwd relay` run? An open transaction that writes the table holds it.")
        raise Exit(ExitCode.DIFFERENCES)


def _say_refused(rows: int) -> None:
    if rows:
        output.message(f"{counted(rows, 'row')} set aside: the column `refused` says why.")


def _sleep(seconds: float, is_over: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not is_over() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _LOOK_SECONDS))
