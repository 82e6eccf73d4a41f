"""All commands of `nwd`, put together."""

from typing import Annotated

from typer import Option, Typer

from deploy.cli import consent, dead_letters, keys, ledger, participant, passport, run, tray
from deploy.cli import imports as importing
from deploy.cli.audit import run_audit
from deploy.cli.demo import demo
from deploy.cli.disclosures import disclosures
from deploy.cli.erase import erase
from deploy.cli.exit_codes import ExitCode
from deploy.cli.export import run_export
from deploy.cli.failures import Commands
from deploy.cli.help_text import examples
from deploy.cli.init import init
from deploy.cli.probe import probe
from deploy.cli.publish import publish
from deploy.cli.stats import stats
from deploy.cli.up import up
from deploy.cli.version import print_and_exit, version

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
        bool,
        Option("--version", callback=print_and_exit, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Run the command that is named."""


app.command(
    short_help="Run the whole bus on this machine until Ctrl-C.",
    epilog=examples("nwd up", "nwd up --home /srv/no-wrong-door", "nwd up --json > addresses.json"),
)(up)
app.command(
    short_help="Play the whole story on this machine, in a minute.",
    epilog=examples("nwd demo", "nwd demo --participants 500", "nwd demo --ilr my-return.xml"),
)(demo)
app.command(
    short_help="Set up a bus, or bring it up to date.",
    epilog=examples("nwd init", "NWD_AGREEMENTS=reviewed/agreements nwd init"),
)(init)
app.add_typer(importing.app, name="import")
app.command(
    short_help="Publish events, one JSON object a line.",
    epilog=examples(
        "nwd publish --example referral",
        "nwd publish events.jsonl --dry-run",
        "tail -f crm-export.jsonl | nwd publish",
    ),
)(publish)
app.add_typer(participant.app, name="participant")
app.add_typer(consent.app, name="consent")
app.command(
    short_help="Show who was sent what of a participant, and why.",
    epilog=examples("nwd disclosures NWD-SAMP-1E00-9", "nwd disclosures NWD-SAMP-1E00-9 --json"),
)(disclosures)
app.add_typer(run.app, name="run")
app.add_typer(passport.app, name="passport")
app.command(
    "export",
    short_help="Give a participant a copy of everything held about them.",
    epilog=examples(
        "nwd export NWD-SAMP-1E00-9 -o copy.html",
        "nwd export NWD-SAMP-1E00-9 --json -o copy.json",
    ),
)(run_export)
app.command(
    short_help="Erase a participant from every tray and table, and prove it.",
    epilog=examples(
        "nwd erase NWD-SAMP-1E00-9",
        "nwd erase NWD-SAMP-1E00-9 --yes --json > certificate.json",
        "nwd erase --certificate 412   # who has acknowledged by now",
        "nwd erase --unfinished   # goes on with what was cut short",
        "nwd erase --suppressed   # after a backup was restored",
        exits=(ExitCode.DIFFERENCES, ExitCode.NOT_ENFORCED),
    ),
)(erase)
app.command(
    short_help="Show the hub's figures.",
    epilog=examples("nwd stats", "nwd stats --by borough", "nwd stats --json | jq .funnel"),
)(stats)
app.add_typer(tray.app, name="tray")
app.command(
    "audit",
    short_help="Compare every out-tray with what it must hold.",
    epilog=examples(
        "nwd audit", "nwd audit --json | jq .differences", exits=(ExitCode.DIFFERENCES,)
    ),
)(run_audit)
app.add_typer(dead_letters.app, name="dead-letters")
app.command(
    short_help="Check with a made-up participant that a withdrawal leaves nothing.",
    epilog=examples(
        "nwd probe",
        "nwd probe --every 60 --metrics-port 9470",
        exits=(ExitCode.DIFFERENCES, ExitCode.NOT_ENFORCED),
    ),
)(probe)
app.add_typer(keys.app, name="keys")
app.add_typer(ledger.app, name="ledger")
app.command(short_help="Show the version.", epilog=examples("nwd version"))(version)
