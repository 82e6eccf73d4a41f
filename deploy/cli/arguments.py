"""Arguments and options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

from typer import Argument, BadParameter, Option

from schemas.errors import MalformedError
from schemas.identifiers import AgreementId, PassportNumber, passport_number


def passport_number_given(text: str) -> PassportNumber:
    """Return a passport number in its printed form, for options and arguments.

    Raises:
        BadParameter: it is none. The number is not repeated.

    """
    try:
        return passport_number(text)
    except MalformedError as error:
        raise BadParameter(f"{error.message} {error.hint}") from None


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
