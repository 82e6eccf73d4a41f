"""Consent changes as values: what a participant, or the hub for them, asks to be entered.

The command line and HTTP parse them, the probe and the demo build them, the simulation draws them;
`consent_ledger.consent.consent.apply` enters one. Consent is to named categories (UK GDPR Article
4(11)): to open all that an agreement asks, one says so.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from consent_ledger.consent.last_day import end_of_day
from schemas.categories import Category
from schemas.errors import MalformedError
from schemas.identifiers import AgreementId, PassportNumber, ProviderId, passport_number

ALL: Final = "all"
"""In place of categories: all that the agreement asks consent for."""


def _number(text: str) -> PassportNumber:
    try:
        return passport_number(text)
    except MalformedError as error:
        raise ValueError(error.message) from None


def _last_day(value: Any) -> Any:
    return end_of_day(value) if isinstance(value, str) else value


Number = Annotated[
    PassportNumber,
    Field(
        max_length=40,
        description="The participant's passport number.",
        json_schema_extra={"format": "passport-number"},
    ),
    AfterValidator(_number),
]
Named = Annotated[
    # of JSON a strict enumeration would take nothing
    frozenset[Annotated[Category, Field(strict=False)]], Field(strict=False, min_length=1)
]
Categories = Annotated[
    Named | Literal["all"],
    Field(description='Data categories, such as `participation`; or "all" that it asks for.'),
]
Until = Annotated[
    AwareDatetime,
    BeforeValidator(_last_day),
    Field(
        description="The last day on which it holds, by UTC: 2027-03-31.",
        # of the calendar's last day the end is no moment that there is
        json_schema_extra={"format": "date", "pattern": "^(?!9999-12-31)"},
    ),
]
"""The first moment at which a grant no longer holds. A text is the last day on which it does."""


class _Value(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


class LedgerChange(_Value):
    """A change of what the ledger says of a participant: their trays follow it."""

    number: Number


class Merge(LedgerChange):
    """The number is another one of the same person: its events are shown under `into`."""

    into: Number


class Unmerge(LedgerChange):
    """The number is another person's again than the one that it was merged into."""


class TellingApart(LedgerChange):
    """The number is another person's than `other`, though what is known of both is alike.

    No tray follows it: it settles a question of the register's.
    """

    other: Number


class ConsentChange(LedgerChange):
    """A change of a participant's standing towards an agreement."""

    agreement: Annotated[
        AgreementId,
        Field(
            max_length=63,
            pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$",
            description="The agreement, such as `college-c.outcomes`.",
            json_schema_extra={"format": "agreement-id"},
        ),
    ]


class Request(ConsentChange):
    """The participant was asked for consent. It opens nothing.

    `again`: they said no, or have not answered, and want to be asked.
    """

    categories: Categories
    again: Annotated[
        bool, Field(description="They said no, or have not answered, and want to be asked.")
    ] = False


class Grant(ConsentChange):
    """The participant gives consent to these categories.

    What was granted before stays granted, and so do its end and the providers left out (`excluded`:
    the consent does not reach what they know): naming one category more never opens anything else.
    A new `until` or `excluded` holds for the whole grant. Nothing stays of a grant that ran out.
    """

    categories: Categories
    until: Until | None = None
    excluded: Annotated[
        frozenset[ProviderId] | None,
        Field(strict=False, alias="except", description="Providers whose knowledge stays closed."),
    ] = None


class Renewal(ConsentChange):
    """The participant says yes again to all that is granted, until another day or without end."""

    until: Until | None = None


class Narrowing(ConsentChange):
    """The participant takes back some of what was granted."""

    categories: Named


class Withdrawal(ConsentChange):
    """The participant takes back all that was granted."""


class Refusal(ConsentChange):
    """The participant said no. It opens nothing, and closes all that was granted."""


class Notice(ConsentChange):
    """The participant was informed of an agreement that does not rest on consent."""


class Objection(ConsentChange):
    """The participant objects to what is shared on public task: it pauses until reviewed."""


class ObjectionEnd(ConsentChange):
    """An objection was reviewed and did not hold, or was taken back."""
