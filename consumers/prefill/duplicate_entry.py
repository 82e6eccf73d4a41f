"""How often a question was asked although the passport knew the answer: duplicate entry, measured.

A figure counts answers, not people, and holds nothing of any.
"""

from datetime import date
from typing import Final

from pydantic import BaseModel, computed_field
from sqlalchemy import Connection, func, select

from consumers.prefill.tables import entry_count
from schemas.identifiers import OrganisationId

ENOUGH_ANSWERS: Final = 30
"""Fewer say nothing yet."""
STOP_ASKING_AT: Final = 0.95
"""Where so many answers equal the passport, the question costs more than it finds."""


class QuestionCount(BaseModel, frozen=True):
    """One question of a form at one organisation: how its answers came about."""

    organisation: OrganisationId
    form: str
    question: str
    reused: int
    changed: int
    asked: int

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def equal_share(self) -> float | None:
        """Of the answers that were offered, the share that came back equal; None without any."""
        offered = self.reused + self.changed
        return round(self.reused / offered, 3) if offered else None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def is_to_stop(self) -> bool:
        """Whether enough answers equal the passport that nobody needs to be asked again."""
        share = self.equal_share
        is_enough = self.reused + self.changed >= ENOUGH_ANSWERS
        return is_enough and share is not None and share >= STOP_ASKING_AT


def duplicate_entry(connection: Connection, since: date) -> list[QuestionCount]:
    """Return the counts of every question from a month on, by organisation, form and question."""
    columns = entry_count.c
    by = (columns.organisation, columns.form, columns.question)
    rows = connection.execute(
        select(*by, *(func.sum(columns[name]) for name in ("reused", "changed", "asked")))
        .where(columns.month >= since.replace(day=1))
        .group_by(*by)
        .order_by(*by)
    )
    return [
        QuestionCount(
            organisation=OrganisationId(organisation),
            form=form,
            question=question,
            reused=int(reused),
            changed=int(changed),
            asked=int(asked),
        )
        for organisation, form, question, reused, changed, asked in rows
    ]
