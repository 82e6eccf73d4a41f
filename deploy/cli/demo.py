"""`nwd demo`: the whole story, on a real Kafka and a real PostgreSQL, in about half a minute."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from typer import Exit, Option, Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.demo.people.person import SEED
from deploy.demo.story.interruption import Interrupted
from deploy.demo.story.options import (
    FEWEST_PARTICIPANTS,
    MOST_PARTICIPANTS,
    USUAL_PARTICIPANTS,
    Options,
)
from deploy.demo.story.screen import Screen

app = Typer()

_SIGNALLED = 128
"""A shell adds the signal's number."""


@app.command(
    epilog=examples("nwd demo", "nwd demo --participants 500", "nwd demo --ilr my-return.xml")
)
def demo(
    *,
    participants: Annotated[
        int,
        Option(
            min=FEWEST_PARTICIPANTS,
            max=MOST_PARTICIPANTS,
            help="How many people to make up.",
        ),
    ] = USUAL_PARTICIPANTS,
    seed: Annotated[int, Option(help="Another number makes up other people.")] = SEED,
    ilr: Annotated[
        Path | None,
        Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A real ILR return, instead of the one that is made up. It stays on this machine.",
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        Option(
            metavar="FOLDER",
            help="A new folder that is kept: `nwd up --home FOLDER` goes on with it.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play the whole story on this machine, with people who do not exist.

    It starts a real Kafka and a real PostgreSQL in a temporary folder, publishes returns and
    events, asks people who may see what, fills the out-trays, follows one participant from referral
    to work, withdraws everything again, and checks every tray and the ledger.

    It ends with 0 only if the audit finds no difference, the ledger verifies and the readers have
    caught up. With --json the closing figures come as one JSON object on standard output, and the
    story on standard error.
    """
    screen = Screen(Console(stderr=as_json, highlight=False))
    screen.title("No Wrong Door: a story told once")
    screen.step("The whole story takes about a minute. Ctrl-C ends it.")
    from deploy.demo.story.play import play  # noqa: PLC0415 - imports all of the bus: seconds

    try:
        closing = play(Options(participants, seed, ilr), screen, keep=keep)
    except Interrupted as interrupted:
        output.message("Stopped. Nothing is left behind.")
        raise Exit(_SIGNALLED + interrupted.number) from None
    if as_json:
        output.json_object(closing)
    if closing.findings:
        raise Exit(ExitCode.FAILED)
    if keep is not None:
        output.message(f"The bus is in {keep}: `nwd up --home {keep}` goes on with it.")
