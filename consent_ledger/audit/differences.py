"""What an audit says: each thing that is not as it must be, and which part of the bus is wrong."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from schemas.identifiers import AgreementId, EventId, PassportNumber, TopicName


class WrongPart(StrEnum):
    """The part of the bus that is wrong."""

    TRAY = "tray"
    JOURNAL = "journal"
    DISCLOSURES = "disclosures"
    PARTICIPANTS = "participants"
    READ_MODEL = "read model"


class DifferenceKind(StrEnum):
    """In which way it is wrong."""

    MISSING = "missing"
    SURPLUS = "surplus"
    """It may not be there at all."""
    COPY = "copy"
    """A record under a key that belongs in another partition: whoever looks there reads it."""
    DIFFERENT = "different"
    UNREADABLE = "unreadable"
    """It does not open under its key for the place where it stands."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it must be.

    `key` is the record's key, of a journal's row participant, event and revision, of a participant
    the ledger's pseudonym. `what` names what differs: `value`, `header basis`,
    `digest`. `agreement_id` and `partition` say where a record stands, or has to stand.
    """

    place: WrongPart
    kind: DifferenceKind
    key: str
    agreement_id: AgreementId | None = None
    partition: int | None = None
    what: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = self.place if self.agreement_id is None else f"out.{self.agreement_id}"
        if self.partition is not None:
            where += f" partition {self.partition}"
        what = f" ({', '.join(self.what)})" if self.what else ""
        return f"{where}: {self.kind} {self.key}{what}"


class WrongPlace(NamedTuple):
    """A place of a tray that can be put right: what stands there is taken away.

    `event` is what must be decided anew and written there, None where nothing may stand.
    """

    agreement_id: AgreementId
    partition: int
    key: bytes
    event: tuple[PassportNumber, EventId] | None


@dataclass
class AuditReport:
    """What was compared, and every difference.

    `wrong_places` are those of the differences that the filter can put right: not the journal's,
    and nothing of a person of whom a row of the journal cannot be believed.

    `unknown_topics` look like the bus's own and belong to no agreement and no organisation: another
    hub's on the same Kafka, or somebody's who had no business to make them.
    """

    events: int = 0
    trays: dict[AgreementId, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    unknown_topics: list[TopicName] = field(default_factory=list)
    wrong_places: list[WrongPlace] = field(default_factory=list)

    @property
    def has_compared(self) -> bool:
        """Whether there was anything to compare: otherwise no difference means nothing."""
        return bool(self.events or any(self.trays.values()) or self.differences)
