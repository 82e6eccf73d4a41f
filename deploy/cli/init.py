"""`nwd init`: sets up a bus, or brings it up to date."""

from typer import Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.operations.setup import initialise
from deploy.settings import find_addresses, read_settings

app = Typer()


@app.command(epilog=examples("nwd init", "NWD_AGREEMENTS=reviewed/agreements nwd init"))
def init(*, as_json: AsJson = False) -> None:
    """Set up the bus: secrets, tables, trays, shards, agreements and services.

    Running it again changes nothing, unless a file of agreements or services has changed: then
    what is new in it is entered in the ledger. A category that a new version of an agreement no
    longer asks consent for is closed, and stays closed until people are asked again.
    """
    settings = read_settings()
    made = initialise(settings, find_addresses(settings))
    if as_json:
        output.json_object(
            {
                "secrets": made.secrets,
                "topics": made.topics,
                "services": made.services,
                "agreements": made.agreements,
            }
        )
        return
    if made.secrets:
        folder = settings.home / "secrets"
        output.result(f"Made the secrets in {folder}.")
        output.message(f"Keep a copy of {folder} elsewhere: without it the journal is lost.")
    for what, names in (
        ("Set up the topic", made.topics),
        ("Entered the service", made.services),
        ("Entered the agreement", made.agreements),
    ):
        for name in names:
            output.result(f"{what} {name}.")
    if not (made.secrets or made.topics or made.services or made.agreements):
        output.result("There was nothing to do: the bus is set up.")
