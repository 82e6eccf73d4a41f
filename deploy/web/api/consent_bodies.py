"""What the consent API takes and gives. A passport number is only in a body: URLs are logged."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, Field

from consent_ledger.consent.changes import ConsentChange, LedgerChange, Named
from schemas.identifiers import LARGEST_ENTRY, LedgerIndex

WAIT_SECONDS: Final = 10.0
MOST_SECONDS: Final = 60.0


class WaitOption(BaseModel):
    """What a request says beside its change."""

    wait_seconds: Annotated[
        float, Field(ge=0, le=MOST_SECONDS, description="How long to wait until it is carried out.")
    ] = WAIT_SECONDS


class WithdrawalBody(ConsentChange, WaitOption):
    """A participant took back their yes, or a part of it."""

    categories: Annotated[Named | None, Field(description="Without it, all that was granted.")] = (
        None
    )


class PersonBody(LedgerChange):
    """The participant whom it is about."""


def _whole(value: Any) -> Any:
    """Return a whole number that JSON writes as 7.0 for what it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class EntryOf(WaitOption, extra="forbid", strict=True):
    """A change that was recorded before."""

    entry: Annotated[
        LedgerIndex,
        Field(ge=0, le=LARGEST_ENTRY, description="The place of its entry in the ledger."),
        BeforeValidator(_whole),
    ]
    wait_seconds: Annotated[float, Field(ge=0, le=MOST_SECONDS)] = 0.0


class Retracted(BaseModel):
    """What a change cost one recipient's tray."""

    agreement: str
    recipient: str
    records: Annotated[
        int, Field(description="Records written: new, or with more or less in them.")
    ]
    tombstones: Annotated[int, Field(description="Records retracted.")]


class Changed(BaseModel):
    """A change that is in the ledger: both its times, once it is carried out."""

    entry: int
    is_enforced: bool
    recorded_at: datetime
    enforced_at: datetime | None = None
    milliseconds: int | None = None
    records: int | None = None
    tombstones: int | None = None
    recipients: list[Retracted] | None = None
    still_open: Annotated[
        list[dict[str, Any]],
        Field(description="What a recipient still sees of what was closed, and on which basis."),
    ]
    ask_again: Annotated[
        str | None,
        Field(description="Where to ask whether it has been carried out, with the entry's number."),
    ] = None


class Shown(BaseModel):
    """What each organisation may see of a participant."""

    agreements: list[dict[str, Any]]
