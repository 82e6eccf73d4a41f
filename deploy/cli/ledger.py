"""`nwd ledger`: the append-only record of every agreement and every permission."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

from typer import Argument, Exit, Option, Typer

from consent_ledger.rights.disclosure_proof import DisclosureProof
from consent_ledger.rights.proofs import prove_entry
from consent_ledger.transparency.log_proof import format_proof, parse_proof, verify_proof
from consent_ledger.transparency.log_report import LogReport
from consent_ledger.transparency.merkle_proofs import ProofError
from consent_ledger.transparency.note_keys import VerifierKey
from consent_ledger.transparency.transparency_log import TransparencyLogError, entries, head
from consent_ledger.verification.ledger_verification import verify_ledger
from deploy.cli import output
from deploy.cli.arguments import AsJson, EntryIndex
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.ledger_follow import FOLLOW_EXAMPLES, follow
from deploy.cli.ledger_key import KEY_EXAMPLES, ROTATE_EXAMPLES, print_key, rotate_key
from deploy.hub import open_hub

app = Typer(name="ledger", help="The ledger: agreements and permissions, append-only.")

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
    ),
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
                "faults": [
                    {
                        "part": one.part.value,
                        "first": one.first,
                        "last": one.last,
                        "message": one.message,
                    }
                    for one in report.faults
                ],
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
    seq: Annotated[int | None, Argument(metavar="[ENTRY]", min=0, help="One entry alone.")] = None,
    *,
    last: Annotated[int, Option(min=1, help="So many of the newest entries.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show entries of the ledger. A participant stands there by a pseudonym of the ledger's own."""
    with open_hub() as hub, hub.engine.connect() as connection:
        size = head(connection).size
        start, stop = (size - min(last, size), size) if seq is None else (seq, seq + 1)
        found = [
            {"entry": one.seq, **json.loads(one.leaf)} for one in entries(connection, start, stop)
        ]
    if seq is not None and not found:
        raise TransparencyLogError(f"There is no entry {seq}.", f"The ledger has {size:,}, from 0.")
    if as_json:
        output.json_lines(found)
        return
    rows = [
        (
            str(one["entry"]),
            one["at"],
            one["kind"],
            one.get("subject", ""),
            one.get("agreement") or one.get("service", ""),
            _facts(one),
        )
        for one in found
    ]
    output.table(f"{size:,} entries", ("entry", "at", "kind", "who", "about", "facts"), rows)


@app.command(
    epilog=examples(
        "nwd ledger prove 41 -o given.tlog-proof",
        "nwd ledger prove 41 | curl -T - https://example.org/kept",
    )
)
def prove(
    seq: EntryIndex,
    *,
    out: Annotated[
        Path | None,
        Option("-o", "--output", dir_okay=False, help="A file to write; it is overwritten."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a proof that an entry stands in the ledger, as c2sp.org/tlog-proof describes it.

    The entry comes along in the file. `nwd ledger check` checks it, anywhere and at any time.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        proof = format_proof(prove_entry(connection, seq))
    if out is not None:
        out.write_text(proof, "utf-8")
    if as_json:
        output.json_object({"entry": seq, "proof": proof})
    elif out is None:
        output.verbatim(proof)
    else:
        output.message(f"Wrote {out}. `nwd ledger key` prints the key that it is checked with.")


app.command("follow", epilog=FOLLOW_EXAMPLES)(follow)
app.command("key", epilog=KEY_EXAMPLES)(print_key)
app.command("rotate-key", epilog=ROTATE_EXAMPLES)(rotate_key)


@app.command(
    epilog=examples(
        'nwd ledger check given.tlog-proof --key "$(cat ledger.vkey)"',
        'nwd ledger check given.tlog-proof --key "$(cat ledger.vkey)" --leaf entry.json',
    )
)
def check(
    proof: Annotated[
        Path, Argument(exists=True, dir_okay=False, help="A proof that `nwd ledger prove` wrote.")
    ],
    *,
    key: Annotated[
        str, Option(metavar="VKEY", help="The ledger's public key, from where you trust it.")
    ],
    leaf: Annotated[
        Path | None,
        Option(
            exists=True,
            dir_okay=False,
            help="The entry, or the disclosure, that must be proven, byte for byte; by default the"
            " one in the file.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof with the ledger's public key, and show the entry or disclosure that it proves.

    It needs nothing else: no bus, no settings, no network.
    """
    parsed = parse_proof(proof.read_bytes())
    proven = leaf.read_bytes() if leaf is not None else None
    batch = DisclosureProof.unpack(parsed.extra or b"")
    if batch is not None:
        batch = replace(batch, disclosure=batch.disclosure if proven is None else proven)
        proven, entry = batch.disclosure, batch.entry
    else:
        proven = entry = (parsed.extra or b"") if proven is None else proven
    if not proven:
        raise ProofError("The proof does not hold its entry.", "Give the entry with --leaf.")
    checkpoint = verify_proof(parsed, entry, VerifierKey.from_vkey(key))
    if batch is not None:
        batch.verify()
    text = proven.decode("utf-8", "replace")
    if as_json:
        output.json_object(
            {
                "is_proven": True,
                "what": "entry" if batch is None else "disclosure",
                "entry": parsed.index,
                "leaf": text,
                "origin": checkpoint.origin,
                "size": checkpoint.size,
                "root": checkpoint.root.hex(),
            }
        )
    else:
        what = "" if batch is None else "A disclosure of "
        where = f"{what}{'E' if batch is None else 'e'}ntry {parsed.index:,}"
        output.result(f"{where} of {checkpoint.origin} is proven. It says:")
        output.result(text)
        output.result(f"The ledger had {checkpoint.size:,} entries when this was made.")


def _facts(entry: dict[str, Any]) -> str:
    """Return what else an entry says; an agreement's terms are too long for a table."""
    said = []
    for name, value in entry.items():
        if value is True:
            said.append(name)
        elif value and name not in _NOT_FACTS:
            said.append(f"{name} {', '.join(value) if isinstance(value, list) else value}")
    return "; ".join(said)


def _print(report: LogReport) -> None:
    for fault in report.faults:
        output.result(fault.message)
    sound = "nothing is wrong" if report.is_sound else f"{len(report.faults):,} faults"
    output.result(f"{report.size:,} entries, {report.checkpoints:,} checkpoints: {sound}")
    output.result(f"root {report.root.hex()}")
