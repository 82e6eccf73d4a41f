"""`nwd import`: files that providers have anyway, as events."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from consent_ledger.agreements.services import Provider, ServicesError, load_services
from deploy.broker.in_trays import open_in_trays
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.cli.text.import_result import print_reaches, print_result, reach_fields
from deploy.hub import Hub, open_hub
from deploy.operations.dry_run import Reach, Rehearsal
from deploy.operations.registrar import HubRegistrar
from producers.ilr.importer import IlrImporter, ReturnFile
from producers.ilr.progress import Progress, Tell
from producers.ilr.result import ImportResult, Warned
from producers.snapshots.store import PostgresSnapshots

app = Typer(help="Files that providers have anyway, as events.")


@app.callback()
def _group() -> None:
    """Import a file that a provider has anyway."""


@app.command(
    epilog=examples(
        "nwd import ilr ILR-90010002-2526-20260106-093000-01.xml --provider college-c --dry-run",
        "nwd import ilr ILR-90010002-2526-20260106-093000-01.xml --provider college-c",
    )
)
def ilr(
    file: Annotated[
        Path, Argument(metavar="FILE", help="The return, XML.", exists=True, dir_okay=False)
    ],
    *,
    provider: Annotated[
        str, Option(metavar="PROVIDER", help="The college whose return it is, such as college-c.")
    ],
    dry_run: Annotated[
        bool,
        Option(
            "--dry-run",
            help="Register, publish and store nothing: say what would be, and who would get it.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import a college's ILR return: register its learners and publish what is new in it.

    A return of a wrong structure is refused whole, with lines and reasons, and the command ends
    with 1. A learner whose record breaks a rule is set aside and listed; the others go through, and
    it ends with 0. The same return again publishes nothing; a newer one, what has changed.
    """
    reaches: list[Reach] | None = None
    with open_hub() as hub:
        known = _provider(hub, provider)
        with output.progress() as advance, file.open("rb") as stream:

            def tell(now: Progress) -> None:
                advance(now.stage.value, now.done, now.total)

            given = ReturnFile(file.name, stream)
            if dry_run:
                done, reaches = _rehearse(hub, given, provider, tell)
            else:
                with open_in_trays(hub.addresses.kafka_bootstrap) as trays:
                    done = _importer(hub).run(given, provider, trays, tell=tell)
    done = _with_doubt(done, known)
    if as_json:
        more = {} if reaches is None else {"recipients": [reach_fields(one) for one in reaches]}
        output.json_object(done.model_dump(mode="json") | more)
        return
    print_result(done)
    if reaches is not None:
        print_reaches(reaches)


def _rehearse(
    hub: Hub, given: ReturnFile, provider_id: str, tell: Tell
) -> tuple[ImportResult, list[Reach]]:
    with hub.engine.connect() as connection:
        rehearsal = Rehearsal(connection, hub.clock)
        done = _importer(hub).rehearse(given, provider_id, rehearsal.take, tell=tell)
        return done, rehearsal.reaches()


def _importer(hub: Hub) -> IlrImporter:
    return IlrImporter(
        HubRegistrar(hub.ledger, hub.register),
        PostgresSnapshots(hub.engine),
        hub.secrets.pepper,
        hub.clock,
    )


def _provider(hub: Hub, provider_id: str) -> Provider:
    providers = load_services(hub.settings.services).providers
    for one in providers:
        if one.id == provider_id:
            return one
    raise ServicesError(
        f"There is no provider {provider_id}.",
        "There are: " + ", ".join(one.id for one in providers) + ".",
    )


def _with_doubt(done: ImportResult, provider: Provider) -> ImportResult:
    """Return the result with a warning where the return seems to be of another college."""
    if provider.ukprn is None or int(provider.ukprn) == done.ukprn:
        return done
    text = f"the return is of {done.ukprn}, but {provider.id} is {provider.ukprn}: is it theirs?"
    doubt = Warned(code="UKPRN", text=text, count=1, places=())
    return done.model_copy(update={"warnings": (doubt, *done.warnings)})
