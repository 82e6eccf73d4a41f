"""What the consent API takes and gives. A passport number is in a body alone: URLs are logged."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from deploy.operations.last_day import end_of_day
from schemas.categories import Category
from schemas.errors import MalformedError
from schemas.identifiers import passport_number

WAIT_SECONDS: Final = 10.0
MOST_SECONDS: Final = 60.0


def _number(text: str) -> str:
    try:
        return passport_number(text)
    except MalformedError as error:
        raise ValueError(error.message) from None


def _day(text: str) -> str:
    end_of_day(text)
    return text


_Categories = Annotated[
    # of text a strict enumeration would take nothing
    list[Annotated[Category, Field(strict=False)]],
    Field(min_length=1, description="Data categories, such as `participation` and `identity`."),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Person(_Body):
    """Whom it is about."""

    number: Annotated[
        str,
        Field(max_length=40, description="The participant's passport number."),
        AfterValidator(_number),
    ]


class _Waiting(_Body):
    wait_seconds: Annotated[
        float,
        Field(ge=0, le=MOST_SECONDS, description="How long to wait until it is carried out."),
    ] = WAIT_SECONDS


class Saying(Person, _Waiting):
    """What somebody says about an agreement."""

    agreement: Annotated[
        str,
        Field(
            max_length=63,
            pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$",
            description="The agreement, such as `college-c.outcomes`.",
        ),
    ]


class Request(Saying):
    """Somebody was asked for consent."""

    categories: _Categories
    again: Annotated[
        bool, Field(description="They said no, or have not answered, and want to be asked.")
    ] = False


class Grant(Saying):
    """Somebody said yes. Nothing is filled in for them: each category is named."""

    categories: _Categories
    until: Annotated[
        Annotated[str, AfterValidator(_day)] | None,
        Field(description="The last day on which it holds, by UTC: 2027-03-31."),
    ] = None
    left_out: Annotated[
        list[str] | None,
        Field(alias="except", description="Providers whose knowledge stays closed."),
    ] = None

    @property
    def last_moment(self) -> datetime | None:
        """The moment from which it does not hold any more."""
        return end_of_day(self.until) if self.until else None


class Withdrawal(Saying):
    """Somebody took back their yes, or a part of it."""

    categories: Annotated[
        _Categories | None, Field(description="Without it, all that was granted.")
    ] = None


class EntryOf(_Waiting):
    """A change that was recorded before."""

    entry: Annotated[int, Field(ge=0, description="The number of its entry in the ledger.")]
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
