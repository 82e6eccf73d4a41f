"""An outcome as its recipient sees it: the record of an out-tray, in words."""

from typing import Any

from deploy.demo.story.mirror import closed_of
from deploy.demo.story.stage import Stage
from producers.ilr.codes import DESTINATION
from schemas.categories import BLOCKS
from schemas.codec import decode
from schemas.identifiers import AgreementId
from schemas.trays import TrayRecord


def show_outcome(stage: Stage, record: TrayRecord) -> None:
    """Show the record, and name what is closed in it and what it could never hold."""
    fields = decode(record.value or b"")
    agreement_id = AgreementId(dict(record.headers)["agreement"].decode())
    opened = [category for category in BLOCKS if fields[category.value] is not None]
    agreed = stage.agreements[agreement_id].categories
    never = [category for category in BLOCKS if category not in agreed]
    stage.screen.table(
        (f"out.{agreement_id}", ""),
        (
            ("who", fields["participant_id"]),
            ("told by", stage.provider_name(fields["provider_id"])),
            *_progress(stage, fields["progress"]),
            ("open", ", ".join(opened)),
            ("closed by her", ", ".join(closed_of(record)) or "nothing"),
            ("not in the agreement", ", ".join(never)),
        ),
    )


def _progress(stage: Stage, progress: dict[str, Any]) -> list[tuple[str, str]]:
    helped = (
        f"{stage.provider_name(contributor['provider_id'])} ({contributor['role']})"
        for contributor in progress["contributors"]
    )
    return [
        ("outcome", DESTINATION[progress["category"]][int(progress["code"])]),
        ("from", f"{progress['effective_from']:%d %B %Y}"),
        ("hours a week", f"{progress['hours_per_week']:g}"),
        ("contract", f"{progress['contract_type']}, {progress['employer']}"),
        ("known from", progress["evidence_level"]),
        ("who helped", ", ".join(helped)),
    ]
