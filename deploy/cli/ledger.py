"""`nwd ledger`: the append-only record of every agreement and every consent change."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

from typer import Argument, Exit, Option, Typer

from consent_ledger.rights.proofs import prove_enforcement, prove_entry
from consent_ledger.transparency.log_proof import format_proof
from consent_ledger.transparency.log_report import LogReport
from consent_ledger.transparency.transparency_log import TransparencyLogError, entries, head
from consent_ledger.verification.ledger_verification import verify_ledger
from deploy.cli import output
from deploy.cli.arguments import AsJson, EntryIndex
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.ledger_check import CHECK_EXAMPLES, check
from deploy.cli.ledger_follow import FOLLOW_EXAMPLES, follow
from deploy.cli.ledger_key import KEY_EXAMPLES, ROTATE_EXAMPLES, print_key, rotate_key
from deploy.hub import open_hub

app = Typer(name="ledger", help="The ledger: agreements and consent, append-only.")

_NOT_FACTS: Final = frozenset(
    (
        *("entry", "format", "kind", "at", "subject"),
        *("agreement", "service", "terms", "except", "batches"),
    )
)


@app.command(
    epilog=examples(
        "nwd ledger verify",
        "nwd ledger verify --checkpoint kept-elsewhere.txt",
        exits=(ExitCode.DIFFERENCES,),
    )
)
def verify(
    *,
    checkpoint: Annotated[
        Path | None,
        Option(
            exists=True,
            dir_okay=False,
            help="A checkpoint that was kept elsewhere: it shows whether the ledger was cut short"
            " or written anew since.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute the whole ledger again, from the first entry, and hold it against every signature.

    Then hold every table that decisions are made from against what the entries say.
    """
    known = checkpoint.read_bytes() if checkpoint else None
    with open_hub() as hub, hub.engine.connect() as connection:
        report = verify_ledger(connection, hub.secrets.signing_key.verifier_key, known)
    if as_json:
        output.json_object(
            {
                "is_sound": report.is_sound,
                "size": report.size,
                "root": report.root.hex(),
                "checkpoints": report.checkpoints,
                "faults": list(map(asdict, report.faults)),
            }
        )
    else:
        _print(report)
    if not report.is_sound:
        raise Exit(ExitCode.DIFFERENCES)


@app.command("checkpoint", epilog=examples("nwd ledger checkpoint > kept-elsewhere.txt"))
def print_checkpoint(*, as_json: AsJson = False) -> None:
    """Print the ledger's newest checkpoint, a signed note, to be kept where the hub cannot reach.

    With --json, the key that verifies it comes along.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        newest = head(connection)
        key = hub.secrets.signing_key.verifier_key
    if newest.checkpoint is None:
        raise TransparencyLogError("The ledger has no entry yet.", "`nwd init` makes the first.")
    if as_json:
        output.json_object(
            {"size": newest.size, "checkpoint": newest.checkpoint, "verifier_key": key.vkey}
        )
    else:
        output.verbatim(newest.checkpoint)


@app.command(
    epilog=examples("nwd ledger show", "nwd ledger show --last 5", "nwd ledger show 41 --json")
)
def show(
    seq: Annotated[int | None, Argument(metavar="[ENTRY]", min=0, help="Only this entry.")] = None,
    *,
    last: Annotated[int, Option(min=1, help="How many of the newest entries.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show entries of the ledger. It names a participant by a pseudonym of its own."""
    with open_hub() as hub, hub.engine.connect() as connection:
        size = head(connection).size
        start, stop = (size - min(last, size), size) if seq is None else (seq, seq + 1)
        shown = [
            {"entry": entry.seq, **json.loads(entry.leaf)}
            for entry in entries(connection, start, stop)
        ]
    if seq is not None and not shown:
        raise TransparencyLogError(f"There is no entry {seq}.", f"The ledger has {size:,}, from 0.")
    if as_json:
        output.json_lines(shown)
        return
    rows = [
        (
            str(entry["entry"]),
            entry["at"],
            entry["kind"],
            entry.get("subject", ""),
            entry.get("agreement") or entry.get("service", ""),
            _facts(entry),
        )
        for entry in shown
    ]
    output.table(f"{size:,} entries", ("entry", "at", "kind", "who", "about", "facts"), rows)


@app.command(
    epilog=examples(
        "nwd ledger prove 41 -o given.tlog-proof",
        "nwd ledger prove 57 --enforced -o withdrawal.tlog-proof",
        "nwd ledger prove 41 | curl -T - https://example.org/kept",
    )
)
def prove(
    seq: EntryIndex,
    *,
    is_enforced: Annotated[
        bool,
        Option(
            "--enforced",
            help="Prove also when every tray was as the entry asks, and how many records were"
            " written and retracted for it.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        Option("-o", "--output", dir_okay=False, help="A file to write; it is overwritten."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a proof that an entry is in the ledger, as c2sp.org/tlog-proof describes it.

    The entry comes along in the file. `nwd ledger check` checks it, anywhere and at any time.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        prove_it = prove_enforcement if is_enforced else prove_entry
        proof = format_proof(prove_it(connection, seq))
    if out is not None:
        out.write_text(proof, "utf-8")
    if as_json:
        output.json_object({"entry": seq, "proof": proof})
    elif out is None:
        output.verbatim(proof)
    else:
        output.message(f"Wrote {out}. `nwd ledger key` prints the key that it is checked with.")


app.command("check", epilog=CHECK_EXAMPLES)(check)
app.command("follow", epilog=FOLLOW_EXAMPLES)(follow)
app.command("key", epilog=KEY_EXAMPLES)(print_key)
app.command("rotate-key", epilog=ROTATE_EXAMPLES)(rotate_key)


def _facts(entry: dict[str, Any]) -> str:
    """Return what else an entry says; an agreement's terms are too long for a table."""
    facts = []
    for name, value in entry.items():
        if value is True:
            facts.append(name)
        elif value and name not in _NOT_FACTS:
            facts.append(f"{name} {', '.join(value) if isinstance(value, list) else value}")
    return "; ".join(facts)


def _print(report: LogReport) -> None:
    for fault in report.faults:
        output.result(fault.message)
    sound = "nothing is wrong" if report.is_sound else f"{len(report.faults):,} faults"
    output.result(f"{report.size:,} entries, {report.checkpoints:,} checkpoints: {sound}")
    output.result(f"root {report.root.hex()}")
