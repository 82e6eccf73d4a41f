"""`nwd participant merge --preview`: what a merge will do, and what both say differently."""

from typing import Any

from consent_ledger.consent.changes import Merge
from consent_ledger.consent.reconciling import ReconciledStanding
from consumers.passport.view import Sourced
from deploy.cli import output
from deploy.cli.text.standing import standing_fields
from deploy.cli.text.values import in_words, source_of
from deploy.hub import open_hub
from deploy.operations.merge_preview import MergePreview, preview_merge


def show_preview(change: Merge, *, as_json: bool) -> None:
    """Print what a merge would do; nothing is entered."""
    with open_hub() as hub:
        preview = preview_merge(hub, change)
    if as_json:
        output.json_object(_fields(preview))
    else:
        _print(preview)


def _fields(preview: MergePreview) -> dict[str, Any]:
    return {
        "numbers": preview.numbers,
        "events": [told.events for told in preview.told],
        "conflicts": [
            {"category": found.category, "field": found.field}
            | {"values": [value.model_dump(mode="json") for value in found.values]}
            for found in preview.conflicts
        ],
        "services": [found._asdict() for found in preview.services],
        "trays": [tray._asdict() for tray in preview.trays],
        "consents": [
            {
                "participant_id": change.number,
                "agreement": change.agreement_id,
                "before": _standing(change, is_after=False),
                "after": _standing(change, is_after=True),
            }
            for change in preview.consents
        ],
        "were_told_apart": preview.were_told_apart,
    }


def _print(preview: MergePreview) -> None:
    number, into = preview.numbers
    first, second = preview.told
    output.result(f"{number} would be shown as {into}.")
    if preview.were_told_apart:
        output.result("Somebody has said that they are two people: the merge takes that back.")
    output.result(f"events  {first.events:,} and {second.events:,}")
    output.table(
        "Said differently (both stay, each with its source)",
        ("category", "field", number, into),
        (
            (found.category, found.field, *(_text(value) for value in found.values))
            for found in preview.conflicts
        ),
    )
    output.table(
        "Told of the same service (all of it stays)",
        ("service", "event", number, into),
        (
            (found.service_id, event, *counts)
            for found in preview.services
            for event, counts in found.events.items()
        ),
    )
    output.table(
        f"Trays (records of {number} are written anew under {into}, as far as they stay open)",
        ("agreement", "recipient", number, into),
        ((tray.agreement_id, tray.recipient, *tray.records) for tray in preview.trays),
    )
    output.table(
        "Consent that differs (the narrower holds until the person is asked)",
        ("number", "agreement", "now", "then"),
        (
            (
                change.number,
                change.agreement_id,
                _words(_standing(change, is_after=False)),
                _words(_standing(change, is_after=True)),
            )
            for change in preview.consents
        ),
    )
    output.message("Nothing was entered.")


def _standing(change: ReconciledStanding, *, is_after: bool) -> dict[str, Any]:
    fields = standing_fields(change.after if is_after else change.before)
    del fields["entry"]
    return fields


def _words(fields: dict[str, Any]) -> str:
    said = (f"{name}: {in_words(value)}" for name, value in fields.items() if value)
    return "; ".join(said) or "nothing"


def _text(told: Sourced) -> str:
    return f"{in_words(told.value)} ({source_of(told)})"
