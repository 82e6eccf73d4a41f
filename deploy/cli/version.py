"""`nwd version` and `nwd --version`."""

from importlib.metadata import version as version_of
from platform import python_version

from typer import Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples

app = Typer()

DISTRIBUTION = "no-wrong-door"


@app.command(epilog=examples("nwd version"))
def version(*, as_json: AsJson = False) -> None:
    """Say which version of the bus this is."""
    if as_json:
        output.json_object({"version": version_of(DISTRIBUTION), "python": python_version()})
    else:
        output.result(f"No Wrong Door {version_of(DISTRIBUTION)}, Python {python_version()}")
