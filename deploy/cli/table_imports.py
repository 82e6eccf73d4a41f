"""`nwd import csv`: a table that an organisation keeps anyway, as events."""

from pathlib import Path
from typing import Annotated, Final

from typer import Argument, BadParameter, Option

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
from deploy.cli.text.import_result import print_reaches
from deploy.cli.text.services import print_warnings
from deploy.cli.text.table_result import print_row_reaches, print_table_result
from deploy.hub import open_hub
from deploy.operations.dry_run import reach_fields
from deploy.operations.members import read_members
from deploy.operations.table_import import TableImport, service_names
from deploy.pages.service_fields import warning_fields
from producers.answers import AsideRow, read_answers
from producers.tables.guess import guessed_mapping
from producers.tables.mapping import load_mapping
from producers.tables.opening import open_table
from producers.tables.result import TableResult
from producers.tables.result_file import write_result

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
            names = service_names(members)
            output.result(guessed_mapping(table, provider, names, file.stem).rstrip())
            return
        if made is None:
            raise BadParameter("Say which mapping: --map FILE. --guess proposes one.")
        given = read_answers(answers.read_bytes(), str) if answers else {}
        run = TableImport(hub, provider, table, made, given, is_noted=result is not None)
        with output.progress() as advance:
            done = run.dry_run(shown(advance)) if dry_run else run.run(shown(advance))
        _show(run, done, as_json=as_json, is_in_file=set_aside is not None)
        if result is not None:
            with output.private_file(result) as stream:
                is_workbook = result.suffix.lower() == ".xlsx"
                write_result(stream, table, run.outcomes(), is_workbook=is_workbook)
    if set_aside is not None:
        write_set_aside(set_aside, _questions(done))


def _show(run: TableImport, done: TableResult, *, as_json: bool, is_in_file: bool) -> None:
    warnings = run.referrals.warnings(run.hub)
    if as_json:
        fields = done.model_dump(mode="json")
        fields["service_warnings"] = list(map(warning_fields, warnings))
        if done.is_dry_run:
            fields |= {
                "recipients": list(map(reach_fields, run.reaches)),
                "published_unseen": run.unseen,
                "rows": run.row_reaches.fields(),
            }
        output.json_object(fields)
        return
    print_table_result(done, is_in_file=is_in_file)
    print_warnings(warnings)
    if done.is_dry_run:
        print_reaches(run.reaches)
        print_row_reaches(run.row_reaches)
        if run.unseen:
            output.result(
                f"{run.unseen:,} of the events nobody would see yet, but as a figure: ask"
                " their people, and enter what they say with `nwd consent`."
            )


def _questions(done: TableResult) -> list[AsideRow]:
    """Return those about whom there is a question, each once, with the first of their rows."""
    asked = {row.reference: row for row in reversed(done.set_aside) if row.reference}
    rows = (AsideRow(row.reference, row.line, "; ".join(row.why)) for row in asked.values())
    return sorted(rows, key=lambda row: row.line)
