"""`nwd version` and `nwd --version`."""

from importlib.metadata import version as version_of
from platform import python_version

from typer import Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from schemas.compiled import BUILD, Build

app = Typer()

DISTRIBUTION = "no-wrong-door"
_BUILDS = {
    Build.COMPILED: "compiled",
    Build.PURE: "not compiled",
    Build.CHANGED: "not compiled, since a source has changed: make compiled",
}


@app.command(epilog=examples("nwd version"))
def version(*, as_json: AsJson = False) -> None:
    """Say which version of the bus this is, and whether its hot modules run compiled."""
    number = version_of(DISTRIBUTION)
    if as_json:
        output.json_object({"version": number, "python": python_version(), "build": BUILD})
    else:
        output.result(f"No Wrong Door {number}, Python {python_version()}, {_BUILDS[BUILD]}")
