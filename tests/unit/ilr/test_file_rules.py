"""Rules about the file as a whole."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from producers.ilr.errors import ReturnRefusedError
from producers.ilr.records import Header
from producers.ilr.rules.file import check_file, file_warnings, other_organisation
from producers.ilr.years import AcademicYear
from schemas.identifiers import ProviderId

NAME = "ILR-10000099-2526-20251101-120000-01.xml"
NOW = datetime(2025, 11, 2, tzinfo=UTC)
HEADER = Header(
    year=AcademicYear(2025),
    ukprn=10000099,
    provider_ukprn=10000099,
    prepared_on=date(2025, 11, 1),
    prepared_at=datetime(2025, 11, 1, 12, tzinfo=UTC),
)


@pytest.mark.parametrize("name", [NAME, NAME.upper(), NAME.replace("-01.", "-99.")])
def test_a_name_of_the_right_form_is_not_mentioned(name: str) -> None:
    """The rule asks for .XML, colleges write .xml: both are taken."""
    assert file_warnings(name) == ()


@pytest.mark.parametrize(
    "name",
    [
        "ILR-99999999-2526-20250108-094401.xml",
        "ILR-10000099-2526-20251101-120000-00.xml",
        "ILR-10000099-2526-20251101-120000-1.xml",
        "learners.xml",
        "",
    ],
)
def test_another_name_is_a_warning(name: str) -> None:
    """Filename_1 is reported and stops nothing."""
    assert [rule for rule, _ in file_warnings(name)] == ["Filename_1"]


@pytest.mark.parametrize("name", [NAME, "learners.xml", "ILR-10000099-2526-20250108-094401.xml"])
def test_a_file_that_agrees_with_itself_is_taken(name: str) -> None:
    """Where the name tells no UKPRN there is nothing to compare."""
    check_file(name, HEADER, NOW)


OWN, OTHER = ProviderId("college-c"), ProviderId("college-x")


def test_a_return_of_the_providers_own_ukprn_is_its_own() -> None:
    """Whatever others there are."""
    assert other_organisation(HEADER, OWN, {10000099: OWN, 10000001: OTHER}) is None


@pytest.mark.parametrize(
    ("ukprns", "said"),
    [
        ({10000001: OWN}, "the return is of 10000099, but college-c is 10000001"),
        ({10000099: OTHER}, "the return is of 10000099, which is college-x, not college-c"),
        ({10000001: OTHER}, "the return is of 10000099, and no UKPRN is listed for college-c"),
    ],
)
def test_a_return_of_another_organisation_is_told(ukprns: dict[int, ProviderId], said: str) -> None:
    """Also where nothing shows whose it is."""
    assert other_organisation(HEADER, OWN, ukprns) == said


@pytest.mark.parametrize(
    ("rule", "name", "header"),
    [
        ("Header_3", NAME.replace("10000099", "10000098"), HEADER),
        ("Header_3", "ILR-10000098-new.xml", HEADER),
        ("UKPRN_03", NAME, replace(HEADER, provider_ukprn=10000098)),
        ("Header_2", NAME, replace(HEADER, prepared_on=date(2025, 11, 4))),
        ("Header_2", NAME, replace(HEADER, prepared_at=datetime(2026, 11, 1, tzinfo=UTC))),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(rule: str, name: str, header: Header) -> None:
    """Another college's file, or one from the future, is not imported."""
    with pytest.raises(ReturnRefusedError, match=rule):
        check_file(name, header, NOW)
