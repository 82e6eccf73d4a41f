"""Arguments and options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, BadParameter, Option

from schemas import identifiers
from schemas.errors import MalformedError

if TYPE_CHECKING:
    AgreementId = identifiers.AgreementId
    LedgerIndex = identifiers.LedgerIndex
    PassportNumber = identifiers.PassportNumber
    ProviderId = identifiers.ProviderId
else:
    # Typer puts the type's own name into the help: "str" and "int" are read there
    AgreementId = PassportNumber = ProviderId = str
    LedgerIndex = int


def passport_number_given(text: str) -> PassportNumber:
    """Return a passport number in its printed form; BadParameter, which repeats none, otherwise."""
    try:
        return identifiers.passport_number(text)
    except MalformedError as error:
        raise BadParameter(f"{error.message} {error.hint}") from None


def entry_given(text: str) -> LedgerIndex:
    """Return the index of an entry; BadParameter where it is none."""
    if not (text.isascii() and text.isdecimal() and int(text) <= identifiers.LARGEST_ENTRY):
        raise BadParameter("It is a whole number from 0, as `nwd ledger show` lists them.")
    return LedgerIndex(int(text))


def number_option(help_text: str, *names: str) -> Any:
    """Return an option that takes a passport number."""
    return Option(*names, metavar="NUMBER", parser=passport_number_given, help=help_text)


def provider_option(help_text: str, *names: str, metavar: str = "PROVIDER") -> Any:
    """Return an option that takes a provider's id."""
    return Option(*names, metavar=metavar, parser=ProviderId, help=help_text)


def agreement_option(help_text: str) -> Any:
    """Return an option that takes an agreement's id."""
    return Option(metavar="AGREEMENT", parser=AgreementId, help=help_text)


Number = Annotated[
    PassportNumber,
    Argument(
        metavar="NUMBER",
        help="The passport number, NWD-XXXX-XXXX-C; hyphens and capitals do not matter.",
        parser=passport_number_given,
    ),
]
AgreementName = Annotated[
    AgreementId,
    Argument(
        metavar="AGREEMENT", help="The agreement, such as college-c.outcomes.", parser=AgreementId
    ),
]
EntryIndex = Annotated[
    LedgerIndex,
    Argument(metavar="ENTRY", parser=entry_given, help="The entry's place in the ledger."),
]
OutputFile = Annotated[
    Path | None,
    Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to this new file, which only you may read, instead of standard output.",
    ),
]
AsJson = Annotated[bool, Option("--json", help="Print JSON, for another program to read.")]
