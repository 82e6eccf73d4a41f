"""`nwd import`: files that providers have anyway, as events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from deploy.broker.in_trays import open_in_trays
from deploy.cli import output
from deploy.cli.arguments import AsJson, ProviderId, provider_option
from deploy.cli.help_text import examples
from deploy.cli.import_files import (
    AnswersFile,
    IsDryRun,
    SetAsideFile,
    demand_listed,
    shown,
    write_set_aside,
)
from deploy.cli.table_imports import csv
from deploy.cli.text.import_result import print_reaches, print_result, reach_fields
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub, open_hub
from deploy.operations.dry_run import DryRun, Reach
from deploy.operations.earlier_references import ukprns
from deploy.operations.members import read_members
from deploy.operations.registrar import HubRegistrar
from producers.answers import AsideRow, ReadAnswer, read_answers
from producers.ilr.handed_in import ReturnFile, open_return
from producers.ilr.importer import IlrImporter
from producers.ilr.result import ImportResult
from producers.progress import OnProgress
from producers.snapshots.store import PostgresSnapshots

app = Typer(name="import", help="Files that providers have anyway, as events.")
app.command(
    epilog=examples(
        "nwd import csv clients.xlsx --provider charity-b --guess > clients.yaml",
        "nwd import csv clients.xlsx --provider charity-b --map clients.yaml --dry-run",
        "nwd import csv clients.xlsx --provider charity-b --map clients.yaml --result back.xlsx",
    )
)(csv)


@app.command(
    epilog=examples(
        "nwd import ilr ILR-90010002-2526-20260106-093000-01.xml --provider college-c --dry-run",
        "nwd import ilr ILR-90010002-2526-20260106-093000-01.xml --provider college-c",
        "nwd import ilr RETURN.xml --provider college-c --set-aside questions.csv",
        "nwd import ilr RETURN.xml --provider college-c --answers questions.csv",
    )
)
def ilr(
    file: Annotated[
        Path,
        Argument(
            metavar="FILE",
            help="The return: XML, or a .zip with one in it.",
            exists=True,
            dir_okay=False,
        ),
    ],
    *,
    provider: Annotated[
        ProviderId, provider_option("The college whose return it is, such as college-c.")
    ],
    dry_run: IsDryRun = False,
    is_of_any: Annotated[
        bool,
        Option(
            "--although-of-another-organisation",
            help="Take a return whose UKPRN is not the one listed for the provider.",
        ),
    ] = False,
    set_aside: SetAsideFile = None,
    answers: AnswersFile = None,
    as_json: AsJson = False,
) -> None:
    """Import a college's ILR return: register its learners and publish what is new in it.

    A return of a wrong structure is refused whole, with lines and reasons, and the command ends
    with 1; so is one of another organisation, by the UKPRN in its header and the one listed for the
    provider, or of a provider for which none is listed. A learner whose record breaks a rule is set
    aside and listed; the others go through, and it ends with 0. The same return again publishes
    nothing; a newer one, what has changed.

    Who may be somebody with a number already is set aside, too, until an adviser has asked them.
    --set-aside writes a file for all the answers, and --answers takes it back: `same` is the person
    with the number that stands beside it, or, with the word consent in its place, the only one whom
    it may be; `other` is somebody else; `returning`, of somebody erased, wishes to take part again;
    `leave` or nothing leaves them aside. A file with a row that is no answer is refused whole, with
    its lines, before anybody is registered.
    """
    if set_aside is not None:
        output.demand_new(set_aside)
    given = read_answers(answers.read_bytes()) if answers else {}
    reaches: list[Reach] | None = None
    with open_hub() as hub:
        providers = read_members(hub.settings).directory.providers
        demand_listed(providers, provider)
        whose = ukprns(providers)
        importer = IlrImporter(
            provider,
            hub.secrets.door_key(provider),
            HubRegistrar(hub.ledger, hub.register, ukprns=whose),
            PostgresSnapshots(hub.engine),
            hub.clock,
            whose,
            is_of_any=is_of_any,
        )
        with output.progress() as advance, open_return(file) as handed_in:
            on_progress = shown(advance)
            if dry_run:
                done, reaches = _dry_run(hub, importer, handed_in, given, on_progress)
            else:
                with open_in_trays(hub.kafka(HubUser.DOORS)) as trays:
                    done = importer.run(handed_in, trays, answers=given, on_progress=on_progress)
    if as_json:
        more = {} if reaches is None else {"recipients": list(map(reach_fields, reaches))}
        output.json_object(done.model_dump(mode="json") | more)
    else:
        print_result(done, is_in_file=set_aside is not None)
        if reaches is not None:
            print_reaches(reaches)
    if set_aside is not None:
        rows = (AsideRow(who.reference, who.line, "; ".join(who.why)) for who in done.set_aside)
        write_set_aside(set_aside, rows)


def _dry_run(
    hub: Hub,
    importer: IlrImporter,
    file: ReturnFile,
    answers: Mapping[str, ReadAnswer],
    on_progress: OnProgress,
) -> tuple[ImportResult, list[Reach]]:
    with hub.engine.connect() as connection:
        dry_run = DryRun(connection, hub.clock)
        done = importer.dry_run(file, dry_run.take, answers=answers, on_progress=on_progress)
        return done, dry_run.reaches()
