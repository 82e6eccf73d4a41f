"""Sharing agreements: who receives what, for which purpose, on which lawful basis.

An agreement is a reviewed YAML file; each version is entered in the ledger before it counts.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from consent_ledger.agreements.yaml_file import read_yaml
from schemas.categories import BLOCKS, CRIMINAL, NOTHING, SPECIAL, Category, Mask, mask_of
from schemas.errors import BusError
from schemas.identifiers import AgreementId
from schemas.trays import is_agreement_id


class AgreementError(BusError):
    """An agreement's file that cannot be taken; nothing of it is."""


class Basis(StrEnum):
    """A lawful basis of UK GDPR Article 6. Each is a behaviour: see `decisions`."""

    CONSENT = "consent"
    PUBLIC_TASK = "public-task"
    LEGAL_OBLIGATION = "legal-obligation"


class Article9(StrEnum):
    """A condition of UK GDPR Article 9(2) for special-category data."""

    EXPLICIT_CONSENT = "explicit-consent"
    SOCIAL_PROTECTION = "social-protection"
    SUBSTANTIAL_PUBLIC_INTEREST = "substantial-public-interest"
    STATISTICS = "statistics"


class Generalisation(StrEnum):
    """A coarser form in which a block is delivered."""

    BIRTH_BAND = "birth-band"
    """Of `identity`, only the first day of the five-year band of the date of birth."""
    BOROUGH = "borough"
    """Of `area`, only the borough."""


GENERALISABLE: Final = {
    Generalisation.BIRTH_BAND: Category.IDENTITY,
    Generalisation.BOROUGH: Category.AREA,
}

RELEASE_EVERY: Final = 60
"""Minutes between two batches of a pseudonymous tray whose agreement does not say otherwise."""

EventName = Literal["referral", "enrolment", "outcome"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CategoryTerms(_Strict):
    """On what basis one category is shared."""

    basis: Basis
    article_9: Article9 | None = None
    article_10: Annotated[str, Field(min_length=3, max_length=300)] | None = None
    """The authority in law under which criminal justice data may be shared."""

    @model_validator(mode="after")
    def _explicit_consent_is_consent(self) -> Self:
        if self.article_9 is Article9.EXPLICIT_CONSENT and self.basis is not Basis.CONSENT:
            raise ValueError(
                "explicit consent as an Article 9 condition needs consent as the basis"
            )
        return self


class Agreement(_Strict):
    """One version of a sharing agreement: immutable once it is in the ledger."""

    id: Annotated[AgreementId, Field(max_length=63)]
    version: Annotated[int, Field(ge=1)]
    recipient_name: Annotated[str, Field(min_length=1, max_length=100)]
    plain: Annotated[str, Field(min_length=20, max_length=1000)]
    """What it is for, in words for a participant."""
    events: frozenset[EventName]
    categories: dict[Category, CategoryTerms]
    applies_to: Literal["everyone", "informed"] = "informed"
    """Whom a basis other than consent reaches: everyone, or those who were given the notice."""
    pseudonymous: bool = False
    generalise: dict[Category, Generalisation] = Field(default_factory=dict)
    release_every: Annotated[int, Field(ge=0, le=44_640)] = 0
    """Minutes between two batches in which what is new in a pseudonymous tray comes; 0 is at once.

    A retraction never waits.
    """
    retention_days: Annotated[int, Field(ge=1, le=36_525)]
    valid_from: AwareDatetime = datetime(2020, 1, 1, tzinfo=UTC)
    valid_until: AwareDatetime | None = None
    ended: bool = False

    @model_validator(mode="before")
    @classmethod
    def _release_in_batches(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("pseudonymous") is True:
            return {"release_every": RELEASE_EVERY} | values
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = self._problems()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> list[str]:
        opened = self.categories
        found = []
        if not is_agreement_id(self.id):
            found.append("id is the recipient, a dot and the purpose, such as college-c.outcomes")
        if not self.events:
            found.append("events names none: nothing could ever be delivered")
        if not {Category.PARTICIPATION, Category.SENSITIVE_PARTICIPATION} & opened.keys():
            found.append("categories lacks participation, the gate to every record")
        found += [
            f"{category} is special-category data: name its article_9 condition"
            for category in sorted(opened.keys() & SPECIAL)
            if opened[category].article_9 is None
        ]
        found += [
            f"{category} is criminal justice data: name the authority in article_10"
            for category in sorted(opened.keys() & CRIMINAL)
            if opened[category].article_10 is None
        ]
        found += [
            f"{coarser} is no form of {category}, or {category} is not shared at all"
            for category, coarser in self.generalise.items()
            if GENERALISABLE[coarser] is not category or category not in opened
        ]
        if self.pseudonymous:
            named = {Category.CONTACT, Category.NOTES} & opened.keys()
            if Category.IDENTITY in opened and Category.IDENTITY not in self.generalise:
                named = named | {Category.IDENTITY}
            found += [
                f"{category} would name the people in a pseudonymous tray"
                for category in sorted(named)
            ]
        if self.release_every and not self.pseudonymous:
            found.append("release_every is for pseudonymous agreements alone")
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            found.append("valid_until is not after valid_from")
        return found

    @property
    def recipient(self) -> str:
        """The recipient's slug."""
        return self.id.partition(".")[0]

    @property
    def purpose(self) -> str:
        """The purpose's slug."""
        return self.id.partition(".")[2]

    @cached_property
    def release_interval(self) -> timedelta | None:
        """How far apart batches are; None where everything comes at once."""
        return timedelta(minutes=self.release_every) if self.release_every else None

    @cached_property
    def consent_mask(self) -> Mask:
        """The categories that only a participant's consent opens."""
        return self._mask(Basis.CONSENT)

    @cached_property
    def public_task_mask(self) -> Mask:
        """The categories shared on public task, which an objection pauses."""
        return self._mask(Basis.PUBLIC_TASK)

    @cached_property
    def legal_obligation_mask(self) -> Mask:
        """The categories shared because the law says so, whatever anybody wants."""
        return self._mask(Basis.LEGAL_OBLIGATION)

    @cached_property
    def block_mask(self) -> Mask:
        """Every block that the agreement could ever open; both gates open the same one."""
        opened = set(self.categories)
        if Category.SENSITIVE_PARTICIPATION in opened:
            opened.add(Category.PARTICIPATION)
        return mask_of(category for category in BLOCKS if category in opened)

    def is_valid(self, now: datetime) -> bool:
        """Return whether the agreement holds at this moment."""
        return (
            not self.ended
            and self.valid_from <= now
            and (self.valid_until is None or now < self.valid_until)
        )

    def _mask(self, basis: Basis) -> Mask:
        if not self.categories:
            return NOTHING
        return mask_of(c for c, terms in self.categories.items() if terms.basis is basis)


def load_agreement(path: Path) -> Agreement:
    """Read an agreement's YAML file; AgreementError when it breaks a rule, says which and where."""
    return read_yaml(path, Agreement, "agreement", AgreementError)


def load_agreements(folder: Path) -> list[Agreement]:
    """Read every agreement of a folder, sorted by id; one that is wrong refuses them all.

    Raises AgreementError when there is none, one cannot be taken, or two have the same id.
    """
    agreements = [load_agreement(path) for path in sorted(folder.glob("*.yaml"))]
    if not agreements:
        raise AgreementError(
            f"There is no agreement in {folder}.", "Without one nothing is delivered to anybody."
        )
    ids = [agreement.id for agreement in agreements]
    if len(set(ids)) < len(ids):
        raise AgreementError("Two files hold an agreement with the same id.", ", ".join(ids))
    return sorted(agreements, key=lambda agreement: agreement.id)
