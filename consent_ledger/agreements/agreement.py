"""Sharing agreements: who receives what, for which purpose, on which lawful basis.

An agreement is a reviewed YAML file; each version is entered in the ledger before it counts.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from consent_ledger.agreements.shared_fields import blocks_of, problems_of_fields
from schemas.categories import CRIMINAL, NOTHING, SPECIAL, Category, Mask, mask_of
from schemas.errors import BusError
from schemas.field_forms import FieldForm
from schemas.identifiers import AgreementId
from schemas.trays import is_agreement_id, recipient_of
from schemas.yaml_file import read_yaml


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


class Pseudonym(StrEnum):
    """What one pseudonym stands for: all that a recipient can tie together by it."""

    PERSON = "person"
    JOURNEY = "journey"
    """What hangs on one referral or enrolment; see `journey_of`."""
    EVENT = "event"
    """Each event has its own: nothing is tied together."""


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
    pseudonym: Pseudonym | None = None
    """What a pseudonym stands for; None is a named tray, which shows the passport number."""
    fields: dict[str, FieldForm] = Field(default_factory=dict)
    """The form in which each field is shared, by the field's path, such as `area.borough`.

    A pseudonymous agreement shares what is named here and nothing else. A named one shares a block
    whole, unless it names fields of that block: then these alone.
    """
    organisation: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")] | None = None
    """Who stands behind the recipient, where that is not the recipient itself."""
    although: dict[AgreementId, Annotated[str, Field(min_length=20, max_length=500)]] = Field(
        default_factory=dict
    )
    """Why its organisation may read this pseudonymous tray beside each of these named ones."""
    release_every: Annotated[int, Field(ge=0, le=527_040)] = 0
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
        if isinstance(values, dict) and values.get("pseudonym") is not None:
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
        found += problems_of_fields(self.fields, opened, is_pseudonymous=self.pseudonymous)
        if self.although and not self.pseudonymous:
            found.append("although is for a pseudonymous tray: a named one hides nobody")
        if self.release_every and not self.pseudonymous:
            found.append("release_every is for pseudonymous agreements alone")
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            found.append("valid_until is not after valid_from")
        return found

    @property
    def pseudonymous(self) -> bool:
        """Whether a pseudonym stands in place of the passport number."""
        return self.pseudonym is not None

    @cached_property
    def coarse(self) -> frozenset[Category]:
        """The categories of which only some fields are shared, each in its form."""
        if self.pseudonymous:
            return frozenset(self.categories)
        return frozenset(Category(path.partition(".")[0]) for path in self.fields)

    @property
    def reader(self) -> str:
        """The organisation that reads the tray."""
        return self.organisation or self.recipient

    @property
    def recipient(self) -> str:
        """The recipient's slug."""
        return recipient_of(self.id)

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
        return mask_of(blocks_of(self.categories))

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


def check_readers(agreements: Iterable[Agreement]) -> None:
    """Refuse that one organisation reads a named tray and a pseudonymous one about the same people.

    It would know them again: their values, histories and moments are in both. Agreements that have
    ended do not count. `although` of the pseudonymous one names each named one that is excepted.

    Raises AgreementError for the first that breaks the rule.
    """
    current = [agreement for agreement in agreements if not agreement.ended]
    for hidden in current:
        for named in current:
            if (
                hidden.pseudonymous
                and not named.pseudonymous
                and hidden.reader == named.reader
                and named.id not in hidden.although
            ):
                raise AgreementError(
                    f"{hidden.reader} would read {hidden.id}, under pseudonyms, beside {named.id},"
                    " which names the same people.",
                    f"Give one of them to somebody else, or write into {hidden.id} why it must be:"
                    f' although: {{{named.id}: "..."}}. Everybody is shown the reason.',
                )


def load_agreement(path: Path) -> Agreement:
    """Read an agreement's YAML file; AgreementError when it breaks a rule, says which and where."""
    return read_yaml(path, Agreement, "agreement", AgreementError)


def load_agreements(folder: Path) -> list[Agreement]:
    """Read every agreement of a folder, sorted by id; one that is wrong refuses them all.

    Raises AgreementError when there is none, one cannot be taken, two have the same id, or an
    organisation would read a pseudonymous tray beside a named one.
    """
    agreements = [load_agreement(path) for path in sorted(folder.glob("*.yaml"))]
    if not agreements:
        raise AgreementError(
            f"There is no agreement in {folder}.", "Without one nothing is delivered to anybody."
        )
    ids = [agreement.id for agreement in agreements]
    if len(set(ids)) < len(ids):
        raise AgreementError("Two files hold an agreement with the same id.", ", ".join(ids))
    check_readers(agreements)
    return sorted(agreements, key=lambda agreement: agreement.id)
