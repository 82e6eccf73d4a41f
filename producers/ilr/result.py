"""What an import did: counts, reasons and event ids, never a value from the file."""

from collections import Counter

from pydantic import BaseModel, Field

from producers.account import Account, Refused
from producers.comparison import Comparison, Verdicts
from producers.ilr.records import Header
from producers.ilr.years import label
from producers.snapshots.snapshot import ItemKind
from schemas.identifiers import ProviderId

EXAMPLES = 20
"""How many places are listed for each kind of warning; all are counted."""


class FilePlace(BaseModel, frozen=True):
    """A place in the file: which learner, by number in the file, and which line."""

    learner: int | None
    line: int


class SetAside(Refused, frozen=True):
    """A learner who was not imported. `reasons` are rule ids, or `possible-match` and the like.

    The reference, which the provider alone knows, and `why`, in words without places, are for the
    file of those who were set aside: neither is in JSON.
    """

    learner: int
    reasons: tuple[str, ...]
    reference: str = Field(exclude=True, repr=False)
    why: tuple[str, ...] = Field(exclude=True, repr=False)


class Warned(BaseModel, frozen=True):
    """A fault that stopped nothing."""

    code: str
    text: str
    count: int
    places: tuple[FilePlace, ...]


class ImportResult(BaseModel, frozen=True):
    """What one import did."""

    provider_id: ProviderId
    ukprn: int
    year: str
    prepared_on: str
    is_dry_run: bool
    learners_read: int
    learners_taken: int
    learners_new: int
    learners_set_aside: int
    set_aside_by_reason: dict[str, int]
    set_aside: tuple[SetAside, ...]
    enrolments: Comparison
    outcomes: Comparison
    published: int
    vanished_event_ids: tuple[str, ...]
    warnings: tuple[Warned, ...]


class ReturnAccount(Account[SetAside]):
    """Gathers the result while the import goes on: learners are accepted or set aside."""

    def __init__(self, provider_id: ProviderId, header: Header, *, is_dry_run: bool) -> None:
        super().__init__()
        self._provider_id = provider_id
        self._header = header
        self._is_dry_run = is_dry_run
        self._new = 0
        self.verdicts = Verdicts()
        self._warnings: dict[str, tuple[str, int, list[FilePlace]]] = {}

    def accept_learner(self, *, is_new: bool) -> None:
        """Count a learner who is imported; `is_new` when the passport number is."""
        self.accepted += 1
        self._new += is_new

    def set_aside(self, aside: SetAside, items: Counter[ItemKind]) -> None:
        """List a learner who is not imported, and count the events of each kind."""
        self.refuse(aside)
        for kind, count in items.items():
            self.verdicts.set_aside(kind, count)

    def warn(self, code: str, text: str, place: FilePlace | None = None) -> None:
        """Count a warning, and note where it was for the first few of its kind."""
        _, count, places = self._warnings.setdefault(code, (text, 0, []))
        if place is not None and len(places) < EXAMPLES:
            places.append(place)
        self._warnings[code] = (text, count + 1, places)

    def result(self, vanished: dict[ItemKind, tuple[str, ...]]) -> ImportResult:
        """Return what the import did so far."""
        return ImportResult(
            provider_id=self._provider_id,
            ukprn=self._header.ukprn,
            year=label(self._header.year),
            prepared_on=self._header.prepared_on.isoformat(),
            is_dry_run=self._is_dry_run,
            learners_read=self.accepted + len(self.refused),
            learners_taken=self.accepted,
            learners_new=self._new,
            learners_set_aside=len(self.refused),
            set_aside_by_reason=Counter(
                reason for aside in self.refused for reason in aside.reasons
            ),
            set_aside=tuple(sorted(self.refused, key=lambda aside: aside.learner)),
            enrolments=self.verdicts.of(ItemKind.ENROLMENT, vanished),
            outcomes=self.verdicts.of(ItemKind.OUTCOME, vanished),
            published=self.verdicts.published,
            vanished_event_ids=tuple(id_ for kind in ItemKind for id_ in vanished[kind]),
            warnings=tuple(
                Warned(code=code, text=text, count=count, places=tuple(places))
                for code, (text, count, places) in self._warnings.items()
            ),
        )
