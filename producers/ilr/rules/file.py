"""Rules about the file as a whole: its name, its header, and when it was made."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from producers.ilr import years
from producers.ilr.errors import ReturnRefusedError
from producers.ilr.records import Header
from producers.ilr.years import AcademicYear, label
from schemas.identifiers import ProviderId

_NAME: Final = re.compile(
    r"ILR-[0-9]{8}-[0-9]{4}-[0-9]{8}-[0-9]{6}-(?!00)[0-9]{2}\.XML", re.IGNORECASE
)
_NAME_UKPRN: Final = re.compile(r"ILR-([0-9]{8})-.*", re.IGNORECASE)
_CLOCK_DIFFERENCE: Final = timedelta(days=1)
"""How far a college's clock, without an offset in the file, may be ahead of ours."""


def file_warnings(file_name: str) -> tuple[tuple[str, str], ...]:
    """Return what is to be reported about the name: rule id and text.

    Filename_1 is an error in the rule book; here the content counts, so it is a warning.
    """
    if _NAME.fullmatch(file_name):
        return ()
    return (("Filename_1", "the name is not of the form ILR-UKPRN-YYYY-yyyymmdd-hhmmss-NN.XML"),)


def year_warnings(year: AcademicYear) -> tuple[tuple[str, str], ...]:
    """Return what is to be reported about the year: that it is taken to be like an earlier one."""
    structure = years.structure_year(year)
    if structure == year:
        return ()
    text = f"the structure of {label(year)} is taken to be that of {label(structure)}"
    return (("year-assumed", text),)


def other_organisation(
    header: Header, provider_id: ProviderId, ukprns: Mapping[int, ProviderId]
) -> str | None:
    """Return in words that a return is not, or may not be, of the provider that hands it in.

    `ukprns` says which provider on the bus has which UKPRN; a provider without one cannot show
    that a return is its own.
    """
    if ukprns.get(header.ukprn) == provider_id:
        return None
    own = next((ukprn for ukprn, id_ in ukprns.items() if id_ == provider_id), None)
    if (other := ukprns.get(header.ukprn)) is not None:
        return f"the return is of {header.ukprn}, which is {other}, not {provider_id}"
    if own is None:
        return f"the return is of {header.ukprn}, and no UKPRN is listed for {provider_id}"
    return f"the return is of {header.ukprn}, but {provider_id} is {own}"


def check_file(file_name: str, header: Header, now: datetime) -> None:
    """Raise ReturnRefusedError for a file that breaks Header_2, Header_3 or UKPRN_03.

    Its name, header and provider must agree, and it must not come from the future.
    """
    named = _NAME_UKPRN.fullmatch(file_name)
    if named is not None and int(named[1]) != header.ukprn:
        raise ReturnRefusedError(
            "Header_3: the UKPRN in the file's name is not the one in its header.",
            "Check that this is the right file; do not rename it.",
        )
    if header.provider_ukprn != header.ukprn:
        raise ReturnRefusedError(
            "UKPRN_03: the UKPRN of the learning provider is not the one in the header.",
            "Export the return again for one provider.",
        )
    latest = now + _CLOCK_DIFFERENCE
    if header.prepared_at > latest or header.prepared_on > latest.date():
        raise ReturnRefusedError(
            "Header_2: the file was prepared after today.",
            "Check the clock of the system that exported it, and export it again.",
        )
