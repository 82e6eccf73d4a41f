"""The story's closing figures: counts and times, nothing about a person."""

from pydantic import BaseModel, Field

from schemas.identifiers import AgreementId


class TrayFigures(BaseModel):
    """An out-tray at the end: what stands in it, and how often something was taken out."""

    agreement: AgreementId
    recipient: str
    records: int
    """Records that stand there."""
    with_closed: int
    """Those of them that tell of a closed category: the agreement has it, the person said no."""
    retracted: int
    """Tombstones: records that were there, and were taken out again."""


class EnforcedChange(BaseModel):
    """A withdrawal: how long from recorded to enforced, and what it cost."""

    what: str
    milliseconds: int
    rewritten: int
    retracted: int


class Closing(BaseModel):
    """Everything that the story came to. It is sound when `findings` is empty."""

    participants: int = 0
    events: int = 0
    ledger_entries: int = 0
    trays: list[TrayFigures] = Field(default_factory=list)
    answers_reused: int = 0
    answers_asked: int = 0
    withdrawals: list[EnforcedChange] = Field(default_factory=list)
    audited_events: int = 0
    audit_differences: int | None = None
    """None until the audit was made."""
    ledger_is_sound: bool | None = None
    readers_caught_up: bool | None = None
    findings: list[str] = Field(default_factory=list)
    """What is not as it must be, in words."""
    seconds: dict[str, float] = Field(default_factory=dict)
    """By chapter, and the start and the whole."""
