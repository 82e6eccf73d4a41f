"""`nwd init`: sets up a bus, or brings it up to date."""

from pathlib import Path
from typing import Annotated

from typer import Option, Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.operations.broker_access import go_without_acls
from deploy.operations.setup import Initialised, initialise
from deploy.settings import find_addresses, is_up, read_settings

app = Typer()


@app.command(epilog=examples("nwd init", "NWD_AGREEMENTS=reviewed/agreements nwd init"))
def init(
    *,
    broker_without_acls: Annotated[
        bool,
        Option(
            "--broker-without-acls",
            help="Go on though whoever reaches this Kafka reads and writes every tray; remembered.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set up the bus: secrets, tables, trays, shards, agreements and services.

    Running it again changes nothing, unless a file of agreements or services has changed: then
    what is new in it is entered in the ledger. A category that a new version of an agreement no
    longer asks consent for is closed, and stays closed until people are asked again.

    At the Kafka of `nwd up`, and with NWD_KAFKA_MANAGE_ACCESS at another one, it makes a user for
    each organisation and each process, and lets each do what the table of rules allows. Elsewhere
    `nwd broker acls` prints the table for who runs the broker.

    The partitions are divided among as many shards of the filter as NWD_SHARDS says. They stay as
    they are where it is not set, and while `nwd up` runs here, which divides them at its start.
    """
    settings = read_settings()
    if broker_without_acls:
        go_without_acls(settings.home)
    shards = settings.shards
    if shards and is_up(settings.home):
        shards = None
        output.message("`nwd up` runs here: it divides the partitions when it is started again.")
    made = initialise(settings, find_addresses(settings), shards)
    if as_json:
        output.json_object(vars(made))
    else:
        _report(made, settings.home / "secrets")


def _report(made: Initialised, folder: Path) -> None:
    """Print what was made; `folder` is that of the secrets."""
    if made.secrets:
        output.result(f"Made the secrets in {folder}.")
        output.message(f"Keep a copy of {folder} elsewhere: without it the journal is lost.")
    for what, names in (
        ("Set up the topic", made.topics),
        ("Entered the service", made.services),
        ("Entered the agreement", made.agreements),
    ):
        for name in names:
            output.result(f"{what} {name}.")
    for what, count in (
        ("Shards that the partitions were divided among", made.shards),
        ("Rules of who may do what at Kafka that changed", made.rules),
    ):
        if count:
            output.result(f"{what}: {count}.")
    for acl in made.beyond:
        output.message(f"Beyond the table, at Kafka: {acl}. Is that meant? It was left as it is.")
    for gone in made.left_out:
        output.message(f"{gone} was removed: what the files say of it was left out. Mend them.")
    if not any(
        (made.secrets, made.rules, made.topics, made.shards, made.services, made.agreements)
    ):
        output.result("There was nothing to do: the bus is set up.")
