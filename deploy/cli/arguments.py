"""Arguments and options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option

from schemas import identifiers
from schemas.errors import MalformedError

if TYPE_CHECKING:
    AgreementId = identifiers.AgreementId
    LedgerIndex = identifiers.LedgerIndex
    PassportNumber = identifiers.PassportNumber
    ProviderId = identifiers.ProviderId
else:
    # Typer puts the type's own name into the help: a person reads "str" and "int" there
    AgreementId = PassportNumber = ProviderId = str
    LedgerIndex = int


def passport_number_given(text: str) -> PassportNumber:
    """Return a passport number in its printed form, for options and arguments.

    Raises:
        BadParameter: it is none. The number is not repeated.

    """
    try:
        return identifiers.passport_number(text)
    except MalformedError as error:
        raise BadParameter(f"{error.message} {error.hint}") from None


def entry_given(text: str) -> LedgerIndex:
    """Return the index of an entry; BadParameter where it is none."""
    if not (text.isascii() and text.isdecimal() and int(text) < 2**63):
        raise BadParameter("It is a whole number from 0, as `nwd ledger show` lists them.")
    return LedgerIndex(int(text))


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
        metavar="AGREEMENT",
        help="The agreement, such as college-c.outcomes.",
        parser=AgreementId,
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
