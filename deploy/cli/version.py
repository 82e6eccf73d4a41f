"""`nwd version` and `nwd --version`."""

from importlib.metadata import version as version_of
from platform import python_version

from typer import Exit

from deploy.cli import output
from deploy.cli.arguments import AsJson

DISTRIBUTION = "no-wrong-door"


def version(*, as_json: AsJson = False) -> None:
    """Say which version of the bus this is."""
    if as_json:
        output.json_object({"version": version_of(DISTRIBUTION), "python": python_version()})
    else:
        output.result(f"No Wrong Door {version_of(DISTRIBUTION)}, Python {python_version()}")


def print_and_exit(*, is_asked: bool) -> None:
    """Print the version where the option asks for it, and end there."""
    if is_asked:
        version()
        raise Exit
