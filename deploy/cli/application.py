"""All commands of `nwd`: one table, and a group that loads a command when it is run."""

import gc
import os
import sys
from importlib import import_module
from typing import Annotated, Any, Final, NamedTuple

from typer import Abort, Exit, Option, Typer, TyperException
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples


class CommandEntry(NamedTuple):
    """A command or a group: its name, the module of `deploy.cli` whose `app` has it, its help."""

    name: str
    module: str
    help: str


COMMANDS: Final = (
    CommandEntry("demo", "demo", "Play the whole story on this machine, in a minute."),
    CommandEntry("up", "up", "Run the whole bus on this machine until Ctrl-C."),
    CommandEntry("init", "init", "Set up a bus, or bring it up to date."),
    CommandEntry("broker", "broker", "Who may do what at Kafka."),
    CommandEntry("organisation", "organisation", "Organisations: what each may do at Kafka."),
    CommandEntry("import", "imports", "Files that providers have anyway, as events."),
    CommandEntry("publish", "publish", "Publish events, one JSON object a line."),
    CommandEntry("relay", "relay", "Publish what a system of your own writes in an outbox table."),
    CommandEntry("services", "services", "The service directory: what there is, what has room."),
    CommandEntry("participant", "participant", "Passport numbers: issue one, or look one up."),
    CommandEntry("consent", "consent", "What a participant lets be seen, by whom, and until when."),
    CommandEntry("disclosures", "disclosures", "Show who was sent what of a participant, and why."),
    CommandEntry("passport", "passport", "The job passport: a participant's story, told once."),
    CommandEntry("export", "export", "Give a participant a copy of everything held about them."),
    CommandEntry(
        "erasure", "erasure", "Erase participants from every tray and table, and prove it."
    ),
    CommandEntry("stats", "stats", "Show the hub's figures."),
    CommandEntry("tray", "tray", "Out-trays: what one holds now, as its recipient reads it."),
    CommandEntry(
        "dead-letters", "dead_letters", "List the dead letters: what could not be accepted."
    ),
    CommandEntry("run", "run", "Run a part of the bus until Ctrl-C or SIGTERM."),
    CommandEntry("audit", "audit", "Compare every out-tray with what it must hold."),
    CommandEntry("probe", "probe", "Check on the running bus that a withdrawal leaves nothing."),
    CommandEntry("agreements", "agreements", "Agreements: who is to see what, field by field."),
    CommandEntry("ledger", "ledger", "The ledger: agreements and consent, append-only."),
    CommandEntry("api-key", "api_keys", "API keys: what an organisation may ask over HTTP."),
    CommandEntry(
        "webhook", "webhooks", "Webhooks: recipients are told of what is new in their tray."
    ),
    CommandEntry("keys", "keys", "The journal key: without it the journal cannot be read."),
    CommandEntry("version", "version", "Show the version."),
)
"""In the order in which a newcomer meets them, which is the order of the help."""


def load(entry: CommandEntry) -> TyperCommand | TyperGroup:
    """Return a command or group of the table, by importing its module.

    Nothing that is imported is garbage: to look for some meanwhile would take a tenth of the start.
    """
    whole = Typer(rich_markup_mode=None)
    gc.disable()
    try:
        whole.add_typer(import_module(f"deploy.cli.{entry.module}").app)
    finally:
        gc.enable()
    command = get_group(whole).commands[entry.name]
    assert isinstance(command, TyperCommand | TyperGroup)  # noqa: S101 - typer makes no other
    return command


class NotLoaded(TyperCommand):
    """A command's place in the help and in completion, until it is run."""

    def __init__(self, entry: CommandEntry) -> None:
        super().__init__(entry.name, help=entry.help)
        self.entry: Final = entry


class Commands(TyperGroup):
    """The commands of the table, with every expected failure put into words.

    typer keeps the type of its contexts to itself, hence Any.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for entry in COMMANDS:
            self.add_command(NotLoaded(entry))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the arguments name, loaded, and the arguments that are left."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(command.entry) if isinstance(command, NotLoaded) else command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run a command; Exit says how it ended. Files that it makes are for this user alone."""
        os.umask(PRIVATE)
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except (Exit, Abort, TyperException):
            raise
        except BrokenPipeError:
            _forget_output()
            raise Exit(ExitCode.READER_GONE) from None
        except Exception as error:
            # not before: it loads the drivers whose errors it knows
            import_module("deploy.cli.failures").fail_in_words(error)
            raise


def _forget_output() -> None:
    """Let what is still buffered go nowhere, or Python would complain of the pipe at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _print_version(*, is_asked: bool) -> None:
    if is_asked:
        import_module("deploy.cli.version").version()
        raise Exit


PRIVATE: Final = 0o077
"""The umask under which nobody else can read a file, or open a folder."""

app = Typer(
    name="nwd",
    cls=Commands,
    help="The No Wrong Door bus: a resident tells their story once, and every organisation sees"
    " exactly what it may see.",
    epilog=examples(
        "nwd demo                            the whole story, in a minute",
        "nwd up                              a bus to try things on, until Ctrl-C",
        "nwd consent show NWD-SAMP-1E00-9    from a second terminal",
    )
    + "\n\nResults go to standard output, all else to standard error. Exit codes: 0 done, 1 failed,"
    " 2 wrong usage, 3 a check found something.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options(
    *,
    is_version: Annotated[
        bool, Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Run the command that is named."""
