"""`nwd ledger check`: a proof is checked with the ledger's public key and nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from typer import Argument, Option

from consent_ledger.rights.disclosure_proof import DisclosureProof
from consent_ledger.rights.enforcement_proof import EnforcementProof
from consent_ledger.transparency.checkpoint import Checkpoint
from consent_ledger.transparency.log_proof import parse_proof, verify_proof
from consent_ledger.transparency.merkle_proofs import ProofError
from consent_ledger.transparency.note_keys import VerifierKey
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples

CHECK_EXAMPLES: Final = examples(
    'nwd ledger check given.tlog-proof --key "$(cat ledger.vkey)"',
    'nwd ledger check given.tlog-proof --key "$(cat ledger.vkey)" --leaf entry.json',
)

ProofFile = Annotated[
    Path, Argument(exists=True, dir_okay=False, help="A proof that `nwd ledger prove` wrote.")
]
TrustedKey = Annotated[
    str, Option(metavar="VKEY", help="The ledger's public key, from where you trust it.")
]


class Proven(NamedTuple):
    """What a proof has shown: an entry, a disclosure, or an entry with its enforcements."""

    what: str
    entry: int
    leaf: str
    checkpoint: Checkpoint
    enforced: list[dict[str, Any]]


def check(
    proof: ProofFile,
    *,
    key: TrustedKey,
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
    """Check a proof with the ledger's public key, and show what it proves.

    That is an entry, a disclosure, or an entry and when it was carried out. It needs nothing else:
    no bus, no settings, no network.
    """
    proven = check_proof(proof.read_bytes(), key, leaf.read_bytes() if leaf else None)
    if as_json:
        output.json_object(
            {
                "is_proven": True,
                "what": proven.what,
                "entry": proven.entry,
                "leaf": proven.leaf,
                "enforced": proven.enforced,
                "origin": proven.checkpoint.origin,
                "size": proven.checkpoint.size,
                "root": proven.checkpoint.root.hex(),
            }
        )
        return
    entry = f"ntry {proven.entry:,} of {proven.checkpoint.origin} is proven. It says:"
    output.result(f"A disclosure of e{entry}" if proven.what == "disclosure" else f"E{entry}")
    output.result(proven.leaf)
    for said in proven.enforced:
        output.result(f"Carried out by shard {said['shard']} at {said['enforced_at']}:")
        for agreement_id, cost in sorted(said["by_agreement"].items()):
            counts = f"{cost['records']:,} written, {cost['tombstones']:,} retracted"
            output.result(f"  {agreement_id}: {counts}")
    output.result(f"The ledger had {proven.checkpoint.size:,} entries when this was made.")


def check_proof(text: bytes, vkey: str, leaf: bytes | None = None) -> Proven:
    """Return what a proof shows, once it is checked.

    Raises ProofError, or NoteError where the key has not signed it.
    """
    parsed = parse_proof(text)
    extra = parsed.extra or b""
    batch, enforcement = DisclosureProof.unpack(extra), EnforcementProof.unpack(extra)
    what, proven = "entry", extra if leaf is None else leaf
    entry = proven
    if batch is not None:
        batch = replace(batch, disclosure=batch.disclosure if leaf is None else leaf)
        what, proven, entry = "disclosure", batch.disclosure, batch.entry
    elif enforcement is not None:
        what = "enforcement"
        proven = entry = enforcement.entry if leaf is None else leaf
    if not proven:
        raise ProofError("The proof does not hold its entry.", "Give the entry with --leaf.")
    checkpoint = verify_proof(parsed, entry, VerifierKey.from_vkey(vkey))
    if batch is not None:
        batch.verify()
    said = enforcement.verify(parsed.index, checkpoint) if enforcement is not None else []
    return Proven(what, parsed.index, proven.decode("utf-8", "replace"), checkpoint, said)
