"""Arguments and options that several commands share, so that they read the same everywhere."""

from pathlib import Path
from typing import Annotated

from typer import Argument, BadParameter, Option

from schemas.errors import MalformedError
from schemas.identifiers import passport_number


def passport_number_given(text: str | None) -> str | None:
    """Return a passport number in its printed form, for options and arguments.

    Raises:
        BadParameter: it is none. The number is not repeated.

    """
    if text is None:
        return None
    try:
        return passport_number(text)
    except MalformedError as error:
        raise BadParameter(f"{error.message} {error.hint}") from None


Number = Annotated[
    str,
    Argument(
        metavar="NUMBER",
        help="The passport number, NWD-XXXX-XXXX-C; hyphens and capitals do not matter.",
        callback=passport_number_given,
    ),
]
AgreementId = Annotated[
    str, Argument(metavar="AGREEMENT", help="The agreement, such as college-c.outcomes.")
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
