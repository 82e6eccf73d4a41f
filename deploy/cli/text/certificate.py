"""A certificate of erasure: as JSON, and as a person reads it."""

from datetime import datetime
from typing import Any

from consent_ledger.rights.acknowledgement import Acknowledgement
from consent_ledger.rights.erasure_certificate import BEYOND, KEPT, Certificate, RemainingPlace
from deploy.cli import output
from deploy.pages.text import counted, when


def certificate_fields(made: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON has it."""
    return {
        "made_at": made.made_at,
        "ledger_entry": made.done.seq if made.done else None,
        "recorded_at": made.done.recorded_at if made.done else None,
        "enforced_at": made.done.enforced_at if made.done else None,
        "retracted": made.done.tombstones if made.done else None,
        "retracted_from": {
            agreement_id: cost.tombstones
            for agreement_id, cost in (made.done.by_agreement if made.done else {}).items()
        },
        "scanned": {
            "trays": {topic: scan._asdict() for topic, scan in made.trays.items()},
            "dead_letters": {topic: scan._asdict() for topic, scan in made.dead_letters.items()},
            "in_trays": made.in_trays,
            "tables": made.tables,
            "sampled_columns": made.sampled,
        },
        "places": [place._asdict() for place in made.places],
        "survivors": made.survivors,
        "acknowledgements": [
            {
                "tray": reader.topic,
                "reader": reader.reader,
                "acknowledged": reader.seen_at is not None,
                "seen_at": reader.seen_at,
            }
            for reader in made.acknowledgements
        ],
        "compaction": {
            "awaiting": made.awaiting,
            "values_gone_by": made.values_gone_by,
            "keys_gone_by": made.keys_gone_by,
            "in_trays_gone_by": made.in_trays_gone_by,
            "dead_letters_gone_by": made.dead_letters_gone_by,
        },
        "sealed": {"gone_by": made.sealed_gone_by, "gone_at": made.sealed_gone_at},
        "kept": [{"what": what, "basis": basis} for what, basis in KEPT.items()],
        "beyond": [{"what": what, "holds": holds} for what, holds in BEYOND.items()],
    }


def print_certificate(made: Certificate) -> None:
    """Print a certificate: what was done, what was looked at, what is left, and who knows."""
    output.result("Certificate of erasure")
    if made.done is None:
        output.result("  The erasure was finished before; everything was read back again.")
    else:
        output.result(f"  recorded  {when(made.done.recorded_at)}, entry {made.done.seq}")
        output.result(
            f"  enforced  {when(made.done.enforced_at)},"
            f" {counted(made.done.tombstones, 'record')} retracted"
        )
        for agreement_id, cost in made.done.by_agreement.items():
            output.result(f"    from {agreement_id}: {cost.tombstones:,}")
    for title, scanned in (
        ("Out-trays, read from their start", made.trays),
        ("Dead letters, each opened", made.dead_letters),
    ):
        output.table(
            title,
            ("topic", "records", "survivors", "awaiting compaction"),
            ((topic, *one) for topic, one in scanned.items()),
        )
    output.table(
        "In-trays, which only the filter reads",
        ("topic", "records awaiting deletion"),
        made.in_trays.items(),
    )
    output.table("Tables, every column", ("table", "survivors"), made.tables.items())
    output.table(
        "Recipients, by how far they have read",
        ("tray", "reader", "acknowledged"),
        (
            (reader.topic, reader.reader or "nobody is known to read it", _seen(reader))
            for reader in made.acknowledgements
        ),
    )
    output.table(
        "Every place where bytes may be",
        ("place", "what is there", "found", "gone by"),
        (
            (
                place.place,
                place.holds,
                "not looked at" if place.found is None else place.found,
                _gone(place),
            )
            for place in made.places
        ),
    )
    if made.sealed_gone_at:
        output.result(
            "The journal key of that time is destroyed, known since"
            f" {when(made.sealed_gone_at)}: no older copy of the database opens."
        )
    else:
        output.result(
            "Older copies of the database open until the journal key of now is destroyed:"
            f" {_rotated(made.sealed_gone_by)}."
        )
    for what, basis in KEPT.items():
        output.result(f"Kept: {what}: {basis}.")
    for what, holds in BEYOND.items():
        output.result(f"Beyond this: {what}: {holds}.")
    output.result(counted(made.survivors, "survivor"))


def _seen(given: Acknowledgement) -> str:
    return "not yet" if given.seen_at is None else f"seen {when(given.seen_at)}"


def _gone(place: RemainingPlace) -> str:
    if place.gone_by is not None:
        return when(place.gone_by)
    return "read back now" if place.found == 0 else "nobody here can say"


def _rotated(moment: datetime | None) -> str:
    return "run `nwd keys rotate`" if moment is None else f"by {when(moment)}, by itself"
