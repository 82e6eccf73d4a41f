"""`nwd import csv`: a table that an organisation keeps anyway, as events."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from typer import Argument, BadParameter, Option

from deploy.broker.in_trays import open_in_trays
from deploy.cli import output
from deploy.cli.arguments import AsJson, ProviderId, provider_option
from deploy.cli.import_files import (
    AnswersFile,
    IsDryRun,
    SetAsideFile,
    demand_listed,
    shown,
    write_set_aside,
)
from deploy.cli.text.import_result import print_reaches, reach_fields
from deploy.cli.text.table_result import print_table_result
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub, open_hub
from deploy.operations.dry_run import DryRun
from deploy.operations.members import Members, read_members
from deploy.operations.registrar import HubRegistrar
from producers.answers import AsideRow, ReadAnswer, read_answers
from producers.progress import OnProgress
from producers.snapshots.store import PostgresSnapshots
from producers.tables.guess import guessed_mapping
from producers.tables.importer import TableImporter
from producers.tables.mapping import Mapping as TableMapping
from producers.tables.mapping import load_mapping
from producers.tables.opening import open_table
from producers.tables.result import RowDone, TableResult
from producers.tables.result_file import RowOutcome, write_result
from producers.tables.table import Table
from schemas.events import Event

_KINDS: Final = (".csv", ".xlsx")


def _result_file(path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in _KINDS:
        raise BadParameter("Its name ends in .csv or in .xlsx.")
    return path


def csv(
    file: Annotated[
        Path,
        Argument(
            metavar="FILE",
            help="The table: CSV, or a workbook (.xlsx, .xls, .ods).",
            exists=True,
            dir_okay=False,
        ),
    ],
    *,
    provider: Annotated[
        ProviderId, provider_option("The organisation whose table it is, such as charity-b.")
    ],
    mapping: Annotated[
        Path | None,
        Option(
            "--map",
            metavar="FILE",
            help="Where each column goes: a YAML file, which --guess proposes.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        Option(metavar="NAME", help="The sheet of a workbook that has several."),
    ] = None,
    guess: Annotated[
        bool, Option("--guess", help="Print a mapping for this table, to look through and keep.")
    ] = False,
    dry_run: IsDryRun = False,
    result: Annotated[
        Path | None,
        Option(
            metavar="FILE",
            help="Write the whole table to a new .csv or .xlsx file, with what became of each row"
            " and why. Only you may read it.",
            callback=_result_file,
        ),
    ] = None,
    set_aside: SetAsideFile = None,
    answers: AnswersFile = None,
    as_json: AsJson = False,
) -> None:
    """Import a table, CSV or a workbook: register its people and publish what is new in it.

    A mapping says where each column goes. --guess prints one, from the headings and what stands
    below them: look through it, say what it could not know, and keep it beside the table. A mapping
    that leaves a column out is refused, and so is a table without a column that it names.

    A row that is wrong is set aside and listed with its reasons, equal ones together; the others go
    through, and the command ends with 0. The same table again publishes nothing; a corrected one,
    what has changed. --result gives the table back with the reasons, to be corrected and imported.

    Who may be somebody with a number already waits for an adviser: see --set-aside and --answers.
    """
    for new in filter(None, (set_aside, result)):
        output.demand_new(new)
    made = None if mapping is None else load_mapping(mapping)
    with open_hub() as hub, open_table(file, sheet or (made.sheet if made else None)) as table:
        members = read_members(hub.settings)
        demand_listed(members.directory.providers, provider)
        if guess:
            output.result(guessed_mapping(table, provider, _services(members), file.stem).rstrip())
            return
        if made is None:
            raise BadParameter("Say which mapping: --map FILE. --guess proposes one.")
        given = read_answers(answers.read_bytes(), str) if answers else {}
        run = _TableRun(hub, provider, table, made, given, is_noted=result is not None)
        with output.progress() as advance:
            done = run.import_(_services(members), shown(advance), is_dry_run=dry_run)
        _show(run, done, as_json=as_json, is_in_file=set_aside is not None)
        if result is not None:
            with output.private_file(result) as stream:
                is_workbook = result.suffix.lower() == ".xlsx"
                write_result(stream, table, run.outcomes(), is_workbook=is_workbook)
    if set_aside is not None:
        write_set_aside(set_aside, _questions(done))


@dataclass
class _TableRun:
    """One import, or a dry run of it, and what is noted of its rows for the file of results."""

    hub: Hub
    provider: ProviderId
    table: Table
    mapping: TableMapping
    answers: Mapping[str, ReadAnswer]
    is_noted: bool
    tried: DryRun | None = None
    rows: dict[int, RowOutcome] = field(default_factory=dict)
    recipients: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def import_(
        self, services: Mapping[str, str], on_progress: OnProgress, *, is_dry_run: bool
    ) -> TableResult:
        """Import the table."""
        hub = self.hub
        importer = TableImporter(
            self.provider,
            hub.secrets.door_key(self.provider),
            HubRegistrar(hub.ledger, hub.register),
            PostgresSnapshots(hub.engine),
            hub.clock,
            services,
        )
        if not is_dry_run:
            with open_in_trays(hub.kafka(HubUser.DOORS)) as trays:
                return importer.run(
                    *(self.table, self.mapping, trays),
                    answers=self.answers,
                    on_row=self._note,
                    on_progress=on_progress,
                )
        with hub.engine.connect() as connection:
            self.tried = DryRun(connection, hub.clock)
            return importer.dry_run(
                *(self.table, self.mapping, self._taker(self.tried)),
                answers=self.answers,
                on_row=self._note,
                on_progress=on_progress,
            )

    def outcomes(self) -> dict[int, RowOutcome]:
        """Return what became of each row, by line; in a dry run, with who would get it."""
        for line, who in self.recipients.items():
            told = ", ".join(sorted(who)) or "nobody yet"
            self.rows[line] = self.rows[line]._replace(recipients=told)
        return self.rows

    def _note(self, done: RowDone) -> None:
        if self.is_noted:
            number = "" if self.tried is not None else done.participant_id or ""
            self.rows[done.line] = RowOutcome(
                done.status.value, "; ".join(done.reasons), number=number
            )

    def _taker(self, dry_run: DryRun) -> Callable[[int, Event], None]:
        def take(line: int, event: Event) -> None:
            seen = dry_run.take(event)
            if self.is_noted:
                self.recipients[line].update(seen)

        return take


def _services(members: Members) -> dict[str, str]:
    return {service.id: service.name for service in members.directory.services}


def _show(run: _TableRun, done: TableResult, *, as_json: bool, is_in_file: bool) -> None:
    reaches = None if run.tried is None else run.tried.reaches()
    if as_json:
        fields = done.model_dump(mode="json")
        if run.tried is not None and reaches is not None:
            fields |= {
                "recipients": list(map(reach_fields, reaches)),
                "published_unseen": run.tried.unseen,
            }
        output.json_object(fields)
        return
    print_table_result(done, is_in_file=is_in_file)
    if run.tried is not None and reaches is not None:
        print_reaches(reaches)
        if run.tried.unseen:
            output.result(
                f"{run.tried.unseen:,} of the events nobody would see yet, but as a figure: ask"
                " their people, and enter what they say with `nwd consent`."
            )


def _questions(done: TableResult) -> list[AsideRow]:
    """Return those about whom there is a question, each once, with the first of their rows."""
    asked = {row.reference: row for row in reversed(done.set_aside) if row.reference}
    rows = (AsideRow(row.reference, row.line, "; ".join(row.why)) for row in asked.values())
    return sorted(rows, key=lambda row: row.line)
