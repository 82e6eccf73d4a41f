"""The command line `nwd`: one file for each command or group of commands."""

from deploy.cli.application import app
from deploy.cli.output import prepare_streams


def main() -> None:
    """Run the command that the arguments name."""
    prepare_streams()
    app()
