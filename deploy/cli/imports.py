"""`nwd import`: files that providers have anyway, as events."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from consent_ledger.agreements.services import Provider, ServicesError
from deploy.broker.in_trays import open_in_trays
from deploy.cli import output
from deploy.cli.arguments import AsJson, ProviderId, provider_option
from deploy.cli.help_text import examples
from deploy.cli.text.import_result import print_reaches, print_result, reach_fields
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub, open_hub
from deploy.operations.dry_run import DryRun, Reach
from deploy.operations.earlier_references import ukprns
from deploy.operations.members import read_members
from deploy.operations.registrar import HubRegistrar
from producers.answers import AsideRow, ReadAnswer, aside_file, read_answers
from producers.ilr.handed_in import ReturnFile, open_return
from producers.ilr.importer import IlrImporter
from producers.ilr.result import ImportResult
from producers.progress import ImportProgress, OnProgress
from producers.snapshots.store import PostgresSnapshots

app = Typer(name="import", help="Files that providers have anyway, as events.")


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
    dry_run: Annotated[
        bool,
        Option(
            "--dry-run",
            help="Register, publish and store nothing: say what would be, and who would get it.",
        ),
    ] = False,
    is_of_any: Annotated[
        bool,
        Option(
            "--although-of-another-organisation",
            help="Take a return whose UKPRN is not the one listed for the provider.",
        ),
    ] = False,
    set_aside: Annotated[
        Path | None,
        Option(
            metavar="FILE",
            help="Write who was set aside to a new CSV file, by the provider's own references, with"
            " an empty column for answers. Only you may read it.",
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        Option(
            metavar="FILE",
            help="That file filled in, for the same return: same (with the number on the card, or"
            " the word consent), other, returning or leave in each row.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
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
        _demand_listed(providers, provider)
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

            def on_progress(now: ImportProgress) -> None:
                advance(now.stage.value, now.done, now.total)

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
        _write_set_aside(set_aside, done)


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


def _write_set_aside(file: Path, done: ImportResult) -> None:
    if not done.set_aside:
        output.message(f"Nobody was set aside: {file} was not written.")
        return
    rows = (AsideRow(who.reference, who.line, "; ".join(who.why)) for who in done.set_aside)
    output.new_file(file, aside_file(rows))
    output.message(f"Fill in what can be answered, and import the return with --answers {file}.")


def _demand_listed(listed: Sequence[Provider], provider_id: ProviderId) -> None:
    known = [provider.id for provider in listed]
    if provider_id not in known:
        raise ServicesError(
            f"There is no provider {provider_id}.", f"There are: {', '.join(known)}."
        )
