"""A certificate of erasure: as JSON, and as a person reads it."""

from datetime import datetime
from typing import Any

from consent_ledger.rights.acknowledgement import Acknowledgement
from consent_ledger.rights.erasure_certificate import BEYOND, KEPT, Certificate
from deploy.cli import output
from deploy.pages.text import when


def certificate_fields(found: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON has it."""
    return {
        "made_at": found.made_at,
        "ledger_entry": found.done.seq if found.done else None,
        "recorded_at": found.done.recorded_at if found.done else None,
        "enforced_at": found.done.enforced_at if found.done else None,
        "retracted": found.done.tombstones if found.done else None,
        "retracted_from": {
            agreement_id: cost.tombstones
            for agreement_id, cost in (found.done.by_agreement if found.done else {}).items()
        },
        "scanned": {
            "trays": {topic: one._asdict() for topic, one in found.trays.items()},
            "dead_letters": {topic: one._asdict() for topic, one in found.dead_letters.items()},
            "in_trays": found.in_trays,
            "tables": found.tables,
        },
        "survivors": found.survivors,
        "acknowledgements": [
            {
                "tray": one.topic,
                "reader": one.reader,
                "acknowledged": one.seen_at is not None,
                "seen_at": one.seen_at,
            }
            for one in found.acknowledgements
        ],
        "compaction": {
            "awaiting": found.awaiting,
            "values_gone_by": found.values_gone_by,
            "keys_gone_by": found.keys_gone_by,
            "in_trays_gone_by": found.in_trays_gone_by,
            "dead_letters_gone_by": found.dead_letters_gone_by,
        },
        "kept": [{"what": what, "basis": basis} for what, basis in KEPT.items()],
        "beyond": [{"what": what, "holds": holds} for what, holds in BEYOND.items()],
    }


def print_certificate(found: Certificate) -> None:
    """Print a certificate: what was done, what was looked at, what is left, and who knows."""
    output.result("Certificate of erasure")
    if found.done is None:
        output.result("  The erasure was finished before; everything was read back again.")
    else:
        output.result(f"  recorded  {when(found.done.recorded_at)}, entry {found.done.seq}")
        output.result(
            f"  enforced  {when(found.done.enforced_at)},"
            f" {output.counted(found.done.tombstones, 'record')} retracted"
        )
        for agreement_id, cost in found.done.by_agreement.items():
            output.result(f"    from {agreement_id}: {cost.tombstones:,}")
    for title, scanned in (
        ("Out-trays, read from their start", found.trays),
        ("Dead letters, each opened", found.dead_letters),
    ):
        output.table(
            title,
            ("topic", "records", "survivors", "awaiting compaction"),
            ((topic, *one) for topic, one in scanned.items()),
        )
    output.table(
        "In-trays, which the filter alone reads",
        ("topic", "records awaiting deletion"),
        found.in_trays.items(),
    )
    output.table("Tables, every column", ("table", "survivors"), found.tables.items())
    output.table(
        "Recipients, by how far they have read",
        ("tray", "reader", "acknowledged"),
        (
            (one.topic, one.reader or "nobody is known to read it", _seen(one))
            for one in found.acknowledgements
        ),
    )
    output.result(f"Retracted values are off the disks by {when(found.values_gone_by)},")
    output.result(f"the keys they stood under by {when(found.keys_gone_by)},")
    output.result(f"what providers sent in by {_by(found.in_trays_gone_by)},")
    output.result(
        f"dead letters that nobody can tell whose they are by {_by(found.dead_letters_gone_by)}."
    )
    for what, basis in KEPT.items():
        output.result(f"Kept: {what}: {basis}.")
    for what, holds in BEYOND.items():
        output.result(f"Beyond this: {what}: {holds}.")
    output.result(output.counted(found.survivors, "survivor"))


def _seen(given: Acknowledgement) -> str:
    return "not yet" if given.seen_at is None else f"seen {when(given.seen_at)}"


def _by(moment: datetime | None) -> str:
    return "no time: the topic keeps it for ever" if moment is None else when(moment)
