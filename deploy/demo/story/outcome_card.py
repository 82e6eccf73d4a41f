"""An outcome as its recipient sees it: the record of an out-tray, in words."""

from typing import Any, Final

from consumers.tray import TrayRecord
from deploy.demo.story.mirror import closed_of
from deploy.demo.story.stage import Stage
from producers.ilr.codes import DESTINATION
from schemas.categories import BLOCKS
from schemas.codec import decode
from schemas.identifiers import AgreementId

_NOT_IN_AGREEMENT: Final = "not in the agreement"


def show_outcome(stage: Stage, record: TrayRecord) -> None:
    """Show the record, and name what is closed in it and what it could never hold."""
    fields = decode(record.value or b"")
    agreement_id = AgreementId(dict(record.headers)["agreement"].decode())
    opened = [one for one in BLOCKS if fields[one.value] is not None]
    never = [one for one in BLOCKS if one not in stage.agreements[agreement_id].categories]
    stage.screen.table(
        (f"out.{agreement_id}", ""),
        (
            ("who", fields["participant_id"]),
            ("told by", stage.provider_name(fields["provider_id"])),
            *_progress(stage, fields["progress"]),
            ("open", ", ".join(opened)),
            ("closed by her", ", ".join(closed_of(record)) or "nothing"),
            (_NOT_IN_AGREEMENT, ", ".join(never)),
        ),
    )


def _progress(stage: Stage, said: dict[str, Any]) -> list[tuple[str, str]]:
    helped = (
        f"{stage.provider_name(one['provider_id'])} ({one['role']})" for one in said["contributors"]
    )
    return [
        ("outcome", DESTINATION[said["category"]][int(said["code"])]),
        ("from", f"{said['effective_from']:%d %B %Y}"),
        ("hours a week", f"{said['hours_per_week']:g}"),
        ("contract", f"{said['contract_type']}, {said['employer']}"),
        ("known from", said["evidence_level"]),
        ("who helped", ", ".join(helped)),
    ]
