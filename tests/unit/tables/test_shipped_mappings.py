"""The mappings of well-known systems, on small tables of our own and on what others published."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from producers.tables.errors import TableError
from producers.tables.guess import guessed_mapping
from producers.tables.mapping import Mapping as TableMapping
from producers.tables.mapping import load_mapping
from producers.tables.opening import open_table
from producers.tables.result import TableResult
from producers.tables.table import Table
from schemas.events import Enrolment, Outcome, Referral
from tests.support.tables.charity import CHARITY, Charity, csv_table

SERVICE: Final = "charity-b.mentoring"
CUSTOMER: Final = {
    "CustomerId": "c1",
    "GivenName": "Ada",
    "FamilyName": "Sample",
    "DateofBirth": "1991-03-14T00:00:00Z",
    "UniqueLearnerNumber": "",
}
DSS: Final = {
    "dss-outcomes": [
        "OutcomeType",
        "OutcomeEffectiveDate",
        "OutcomeClaimedDate",
        "ClaimedPriorityGroup",
    ],
    "dss-transfers": [
        "TargetTouchpointId",
        "OriginatingTouchpointId",
        "Context",
        "DateandTimeOfTransfer",
        "DateandTimeofTransferAccepted",
        "RequestedCallbackTime",
        "ActualCallbackTime",
    ],
    "dss-employment-progressions": [
        *("CurrentEmploymentStatus", "EmployerName", "EmploymentHours", "DateOfEmployment"),
        *("DateProgressionRecorded", "DateOfLastEmployment", "LengthOfUnemployment"),
        *("EconomicShockStatus", "EconomicShockCode", "EmployerAddress", "EmployerPostcode"),
    ],
}


def completed(table: Table, folder: Path, **answers: str) -> TableMapping:
    """Return the proposed mapping, with our service wherever the organisation is asked."""
    text = guessed_mapping(table, CHARITY, {SERVICE: "Mentoring"}, "table")
    for old, new in answers.items():
        text = text.replace(old, new)
    path = folder / "mapping.yaml"
    path.write_text(text.replace("'?'", SERVICE), "utf-8")
    return load_mapping(path)


def table_of(rows: Sequence[Mapping[str, str]], headings: Iterable[str]) -> Table:
    """Return a table of rows by heading; what a row has not is empty."""
    names = tuple(headings)
    return csv_table(*([row.get(name, "") for name in names] for row in rows), headings=names)


def of_dss(name: str, payloads: Sequence[Mapping[str, str]]) -> Table:
    """Return what a CSV of a resource would hold, joined to a customer."""
    rows = [{**CUSTOMER, "id": str(number), **payload} for number, payload in enumerate(payloads)]
    return table_of(rows, ("id", *CUSTOMER, *DSS[name]))


def run_as_tried(charity: Charity, table: Table, made: TableMapping) -> TableResult:
    """Import a table as its dry run promised: to the row, and to the reason."""
    promised = charity.dry_run(table, made)
    rows = dict(charity.rows)

    result = charity.run(table, made)

    assert result == promised.model_copy(update={"is_dry_run": False})
    assert charity.rows == rows
    return result


def published(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of one of the module's published samples."""
    text = (folder / "pmm" / f"sample_{name}.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_an_engagement_is_a_referral_until_it_is_an_enrolment(
    charity: Charity, tmp_path: Path
) -> None:
    """Volunteers are left out."""
    plain = {
        "Contact__r.FirstName": "Ada",
        "Contact__r.LastName": "Sample",
        "Role__c": "Client",
        "Program__c": "4",
        "ApplicationDate__c": "2026-01-05",
        "StartDate__c": "2026-02-02",
    }
    rows = [
        plain | {"Id": "1", "Contact__c": "c1", "Stage__c": "Waitlisted"},
        plain | {"Id": "2", "Contact__c": "c1", "Stage__c": "Active"},
        plain | {"Id": "3", "Contact__c": "c2", "Stage__c": "Active", "Role__c": "Volunteer"},
    ]
    headings = ("Id", "Contact__c", "Stage__c", "EndDate__c", *plain)
    contact = ("Birthdate", "Email", "Phone", "MailingPostalCode")
    table = table_of(rows, (*headings, *(f"Contact__r.{name}" for name in contact)))
    result = charity.run(table, completed(table, tmp_path))

    referral, enrolment = charity.published
    assert isinstance(referral, Referral)
    assert isinstance(enrolment, Enrolment)
    assert (referral.participation.stage, enrolment.participation.stage) == (
        "waiting",
        "started",
    )
    assert (result.rows_left_out, result.people_new) == (1, 1)


def test_attendance_that_is_blank_is_no_absence(charity: Charity, tmp_path: Path) -> None:
    """It was not recorded, so there is no event."""
    plain = {"Contact__c": "c1", "DeliveryDate__c": "2026-02-02", "Service__c": "8"}
    rows = [
        plain | {"Id": str(number), "AttendanceStatus__c": status}
        for number, status in enumerate(("", "Present", "Excused Absence"))
    ]
    contact = ("FirstName", "LastName", "Birthdate")
    headings = ("Id", "AttendanceStatus__c", *plain, *(f"Contact__r.{name}" for name in contact))
    table = table_of(rows, headings)
    result = charity.run(table, completed(table, tmp_path))

    assert (result.rows_created, result.rows_left_out) == (2, 1)
    assert [event.participation.model_dump()["stage"] for event in charity.published] == [
        "contact_attended",
        "contact_missed",
    ]


def test_a_transfer_tells_each_step_that_has_a_moment(charity: Charity, tmp_path: Path) -> None:
    """Sent, accepted, called back."""
    table = of_dss(
        "dss-transfers",
        [
            {
                "TargetTouchpointId": "0000000103",
                "DateandTimeOfTransfer": "2026-02-02T09:00:00Z",
                "DateandTimeofTransferAccepted": "2026-02-03T09:00:00Z",
            }
        ],
    )
    charity.run(table, completed(table, tmp_path))

    assert [event.participation.model_dump()["stage"] for event in charity.published] == [
        "requested",
        "accepted",
    ]


def test_supplementary_data_tells_outcomes_and_no_costs(charity: Charity, tmp_path: Path) -> None:
    """A cost of delivery is left out."""
    plain = {
        "ConRefNumber": "ESF-1",
        "CalendarYear": "2026",
        "CalendarMonth": "2",
        "ReferenceType": "LearnRefNumber",
        "Reference": "L1",
        "ULN": "1000000019",
        "SupplementaryDataPanelDate": "20/02/2026",
    }
    rows = [plain | {"DeliverableCode": code} for code in ("PG01", "PG03", "ST01")]
    more = ("DeliverableCode", "LearnAimRef", "CostType", "ProviderSpecifiedReference", "Value")
    table = table_of(rows, (*plain, *more))
    result = charity.run(table, completed(table, tmp_path))

    told = [event for event in charity.published if isinstance(event, Outcome)]
    assert [event.progress and event.progress.category for event in told] == ["EMP", "EDU"]
    assert result.rows_left_out == 1


def test_the_published_engagements_are_taken(
    charity: Charity, tmp_path: Path, shared_data: Path
) -> None:
    """79 of 89 are clients; one waits without a day, and two have begun on none.

    The sample is American: its postcodes are left out.
    """
    contacts = published(shared_data, "Contact")
    engagements = published(shared_data, "ProgramEngagement__c")
    by_id = {contact["id"]: contact for contact in contacts}
    fields = ("FirstName", "LastName", "Birthdate", "Email", "Phone", "MailingPostalCode")
    rows = [
        {"Id": row["id"], **row}
        | {f"Contact__r.{name}": by_id[row["Contact__c"]][name] for name in fields}
        for row in engagements
    ]
    columns = ("Stage__c", "Role__c", "ApplicationDate__c", "StartDate__c", "EndDate__c")
    headings = ("Id", "Contact__c", "Program__c", *columns)
    table = table_of(rows, (*headings, *(f"Contact__r.{name}" for name in fields)))
    made = completed(table, tmp_path, **{"contact.postcode": "ignored"})
    result = run_as_tried(charity, table, made)

    assert (result.rows_read, result.rows_left_out) == (89, 10)
    assert result.rows_created + result.rows_set_aside == 79
    assert {problem.code for problem in result.problems} == {"missing"}
    assert result.rows_set_aside == 3


def test_the_published_deliveries_are_taken(
    charity: Charity, tmp_path: Path, shared_data: Path
) -> None:
    """126 of 693 say whether somebody came."""
    rows = [{"Id": row["id"], **row} for row in published(shared_data, "ServiceDelivery__c")]
    headings = ("Id", "Contact__c", "DeliveryDate__c", "AttendanceStatus__c", "Service__c")
    contact = ("FirstName", "LastName", "Birthdate")
    table = table_of(rows, (*headings, *(f"Contact__r.{name}" for name in contact)))
    result = run_as_tried(charity, table, completed(table, tmp_path))

    assert (result.rows_created, result.rows_left_out) == (126, 567)
    assert result.referrals.new == 126


@pytest.mark.parametrize(
    ("resource", "name", "undated"),
    [
        ("outcome", "dss-outcomes", 2),
        ("Transfer", "dss-transfers", 0),
        ("Employment Progression", "dss-employment-progressions", 0),
    ],
)
def test_published_payloads_of_dss_are_taken_where_they_are_valid_there(
    *, charity: Charity, tmp_path: Path, shared_data: Path, resource: str, name: str, undated: int
) -> None:
    """Each for which its own service answers 201, but for those of which no day is told."""
    lines = (shared_data / "dss" / "dss_post_examples.jsonl").read_text("utf-8").splitlines()
    payloads = [
        example["payload"]
        for example in map(json.loads, lines)
        if example["resource"] == resource and example["expected_status"] == 201
    ]
    table = of_dss(name, payloads)
    result = run_as_tried(charity, table, completed(table, tmp_path))

    assert payloads
    assert result.rows_created == len(payloads) - undated
    assert sum(problem.rows for problem in result.problems) == undated
    assert {problem.code for problem in result.problems} <= {"missing"}


def test_every_published_table_is_read_and_has_a_mapping_proposed(shared_data: Path) -> None:
    """Whatever is in it: a table, or a refusal in words."""
    seen = 0
    for path in sorted(shared_data.rglob("*.csv")):
        try:
            with open_table(path) as table:
                text = guessed_mapping(table, CHARITY, {SERVICE: "Mentoring"}, path.stem)
                assert all(row.line > table.headings.line for row in table.rows())
        except TableError as error:
            assert error.hint  # noqa: PT017 - some of them are no tables
        else:
            assert text.startswith("#")
            seen += 1

    assert seen > 10
