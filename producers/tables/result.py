"""What an import of a table did: counts, reasons and lines, never a value from the file."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, Field

from producers.account import Account, Refused
from producers.comparison import Comparison, Verdicts
from producers.snapshots.snapshot import ItemKind, Verdict
from producers.tables.block_reader import RowProblem
from schemas.identifiers import PassportNumber, ProviderId

EXAMPLES = 20
"""How many lines are listed for each kind of problem; all are counted."""


class RowStatus(StrEnum):
    """What became of a row."""

    CREATED = "created"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    SET_ASIDE = "set aside"
    LEFT_OUT = "left out"
    """The mapping asks for no such row, or no event of it."""

    __hash__ = str.__hash__  # rows are counted by it: that of an enumeration is slow


class RowDone(NamedTuple):
    """A row's line, what became of it, why it was set aside, and whose it is if it was taken."""

    line: int
    status: RowStatus
    reasons: tuple[str, ...] = ()
    participant_id: PassportNumber | None = None


OnRow = Callable[[RowDone], None]


class RowAside(Refused, frozen=True):
    """A row that was not imported.

    The reference, which the provider alone knows, and `why` are for the file of those about whom
    there is a question: neither is in JSON. It is empty where no answer helps.
    """

    reference: str = Field(exclude=True, repr=False)
    why: tuple[str, ...] = Field(exclude=True, repr=False)


class ProblemGroup(BaseModel, frozen=True):
    """Rows that have the same problem: how many, and the lines of the first."""

    code: str
    column: str | None
    text: str
    rows: int
    lines: tuple[int, ...]


class TableResult(BaseModel, frozen=True):
    """What one import of a table did."""

    provider_id: ProviderId
    mapping: str
    mapping_version: int
    is_dry_run: bool
    rows_read: int
    rows_created: int
    rows_corrected: int
    rows_unchanged: int
    rows_set_aside: int
    rows_left_out: int
    people_new: int
    referrals: Comparison
    enrolments: Comparison
    outcomes: Comparison
    published: int
    vanished_event_ids: tuple[str, ...]
    problems: tuple[ProblemGroup, ...]
    warnings: tuple[ProblemGroup, ...]
    set_aside: tuple[RowAside, ...]


class TableAccount(Account[RowAside]):
    """Gathers the result while the import goes on."""

    def __init__(self, on_row: OnRow) -> None:
        super().__init__()
        self.verdicts = Verdicts()
        self.people_new = 0
        self._on_row = on_row
        self._rows: Counter[RowStatus] = Counter()
        self._problems = _Groups()
        self._warnings = _Groups()

    def took(self, line: int, verdicts: Sequence[Verdict], participant_id: PassportNumber) -> None:
        """Count a row that was taken, by what its events are."""
        status = RowStatus.UNCHANGED
        if Verdict.NEW in verdicts:
            status = RowStatus.CREATED
        elif Verdict.CHANGED in verdicts:
            status = RowStatus.CORRECTED
        self.accepted += 1
        self._count(RowDone(line, status, participant_id=participant_id))

    def leave_out(self, line: int) -> None:
        """Count a row that the mapping does not ask for."""
        self._count(RowDone(line, RowStatus.LEFT_OUT))

    def set_aside(
        self,
        line: int,
        problems: tuple[RowProblem, ...],
        reference: str = "",
        why: tuple[str, ...] = (),
    ) -> None:
        """List a row that is not imported; `reference` and `why` where there is a question."""
        texts = tuple(map(str, problems))
        self.refuse(RowAside(line=line, problems=texts, reference=reference, why=why))
        for problem in problems:
            self._problems.add(problem, line)
        self._count(RowDone(line, RowStatus.SET_ASIDE, texts))

    def warn(self, warning: RowProblem, line: int | None = None) -> None:
        """Count something that stopped nothing."""
        self._warnings.add(warning, line)

    def result(
        self,
        provider_id: ProviderId,
        mapping: tuple[str, int],
        vanished: Mapping[ItemKind, tuple[str, ...]],
        *,
        is_dry_run: bool,
    ) -> TableResult:
        """Return what the import did."""
        name, version = mapping
        rows = self._rows
        return TableResult(
            provider_id=provider_id,
            mapping=name,
            mapping_version=version,
            is_dry_run=is_dry_run,
            rows_read=rows.total(),
            rows_created=rows[RowStatus.CREATED],
            rows_corrected=rows[RowStatus.CORRECTED],
            rows_unchanged=rows[RowStatus.UNCHANGED],
            rows_set_aside=rows[RowStatus.SET_ASIDE],
            rows_left_out=rows[RowStatus.LEFT_OUT],
            people_new=self.people_new,
            referrals=self.verdicts.of(ItemKind.REFERRAL, vanished),
            enrolments=self.verdicts.of(ItemKind.ENROLMENT, vanished),
            outcomes=self.verdicts.of(ItemKind.OUTCOME, vanished),
            published=self.verdicts.published,
            vanished_event_ids=tuple(id_ for kind in ItemKind for id_ in vanished[kind]),
            problems=self._problems.listed(),
            warnings=self._warnings.listed(),
            set_aside=tuple(sorted(self.refused, key=lambda aside: aside.line)),
        )

    def _count(self, done: RowDone) -> None:
        self._rows[done.status] += 1
        self._on_row(done)


class _Groups:
    """Equal problems, counted once: the most frequent first."""

    def __init__(self) -> None:
        self._counts: Counter[RowProblem] = Counter()
        self._lines: defaultdict[RowProblem, list[int]] = defaultdict(list)

    def add(self, problem: RowProblem, line: int | None) -> None:
        self._counts[problem] += 1
        lines = self._lines[problem]
        if line is not None and len(lines) < EXAMPLES:
            lines.append(line)

    def listed(self) -> tuple[ProblemGroup, ...]:
        return tuple(
            ProblemGroup(
                code=problem.code,
                column=problem.column,
                text=problem.text,
                rows=count,
                lines=tuple(sorted(self._lines[problem])),
            )
            for problem, count in self._counts.most_common()
        )
