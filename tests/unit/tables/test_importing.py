"""A table on its way to events: what is taken, what is set aside, what a second import sends."""

from datetime import UTC, date, datetime

import pytest

from producers.tables.errors import MappingError
from producers.tables.result import RowStatus
from schemas.errors import BusError
from schemas.events import Enrolment, Outcome
from schemas.identifiers import new_passport_number
from tests.support.ilr.hub import MemoryPublisher
from tests.support.tables.charity import (
    ADA,
    BEN,
    COLUMNS,
    HEADINGS,
    Charity,
    csv_table,
    mapping,
)


def test_a_row_becomes_a_person_and_an_event(charity: Charity) -> None:
    """What was typed is in the form of the contract; what is ignored goes nowhere."""
    result = charity.run(csv_table(ADA))

    (event,) = charity.published
    assert isinstance(event, Enrolment)
    assert (result.rows_created, result.people_new, result.enrolments.new) == (1, 1, 1)
    assert event.identity is not None
    assert event.identity.date_of_birth == date(1991, 3, 14)
    assert event.contact is not None
    assert event.contact.postcode == "E8 3RH"
    assert event.occurred_at == datetime(2026, 2, 2, tzinfo=UTC)
    assert "tea" not in event.model_dump_json()
    assert "007" not in event.model_dump_json()
    assert [who.reference for who in charity.registrar.asked] == ["007"]


def test_the_same_table_again_sends_nothing_and_a_corrected_one_what_changed(
    charity: Charity,
) -> None:
    """A row that is gone is counted, and not taken back."""
    charity.run(csv_table(ADA, BEN))
    again = charity.run(csv_table(ADA, BEN))
    corrected = charity.run(csv_table((*ADA[:4], "N1 9GU", *ADA[5:])))

    assert (again.rows_unchanged, again.published) == (2, 0)
    assert (corrected.rows_corrected, corrected.published) == (1, 1)
    assert charity.published[0].revision == 2
    assert corrected.enrolments.vanished == 1


def test_an_import_that_was_cut_short_is_run_again(charity: Charity) -> None:
    """What was sent already is sent again, and replaces itself."""
    table = csv_table(ADA, BEN)
    with pytest.raises(BusError, match="The log is away"):
        charity.importer.run(table, mapping(), MemoryPublisher(room=1))
    result = charity.run(table)

    assert (result.rows_created, result.published) == (2, 2)
    assert [event.revision for event in charity.published] == [2, 2]
    assert charity.run(table).published == 0


def test_a_wrong_row_is_set_aside_and_the_others_go_through(charity: Charity) -> None:
    """What is missing is not called invalid; equal faults are counted as one."""
    table = csv_table(
        ADA,
        ("", *ADA[1:]),
        ("9", *ADA[1:3], "31/02/1991", *ADA[4:]),
        ("10", *ADA[1:4], "nowhere", *ADA[5:]),
        ("11", *ADA[1:4], "Leeds", *ADA[5:]),
    )
    result = charity.run(table)

    assert (result.rows_created, result.rows_set_aside) == (1, 4)
    assert [(one.code, one.column, one.rows, one.lines) for one in result.problems] == [
        ("invalid", "column E (Postcode)", 2, (5, 6)),
        ("missing", "column A (Client ID)", 1, (3,)),
        ("invalid", "column D (Date of birth)", 1, (4,)),
    ]
    assert charity.rows[5] == (
        RowStatus.SET_ASIDE,
        ("column E (Postcode): it is not a postcode",),
    )
    assert not {"Leeds", "nowhere"} & set(result.model_dump_json().split('"'))


def test_a_reference_that_was_shortened_is_nobody_s(charity: Charity) -> None:
    """Two people would be one: what is left of their numbers is the same."""
    result = charity.run(csv_table(("1.23E+09", *ADA[1:]), ("1.23E+09", *BEN[1:])))

    assert (result.rows_set_aside, charity.published) == (2, [])
    assert [problem.column for problem in result.problems] == ["column A (Client ID)"]


def test_all_that_is_wrong_with_a_row_is_told_at_once(charity: Charity) -> None:
    """Two faults of one row are two reasons."""
    charity.run(csv_table(("9", "Ada", "Sample", "soon", "nowhere", "later", "")))

    assert len(charity.rows[2][1]) == 3


def test_two_rows_with_one_key_are_both_set_aside() -> None:
    """It is not known which of them holds; a row that was refused has not gone."""
    charity = Charity()
    charity.run(csv_table(ADA, BEN))
    result = charity.run(csv_table(ADA, BEN, (*ADA[:5], "05/02/2026", "")))

    assert (result.rows_unchanged, result.rows_set_aside) == (1, 2)
    assert result.problems[0].code == "repeated"
    assert result.enrolments.vanished == 0


def test_a_person_can_have_several_rows_and_one_reference_is_one_person() -> None:
    """Rows of a reference with another name would put somebody's events under another's number."""
    charity = Charity()
    made = mapping(row=["Client ID", "Started"])
    later = (*ADA[:5], "05/02/2026", "")
    slipped = ("008", *ADA[1:])
    result = charity.run(csv_table(ADA, later, BEN, slipped), made)

    assert [problem.code for problem in result.problems] == ["two-people"]
    assert (result.rows_created, result.rows_set_aside, result.people_new) == (2, 2, 1)
    assert len({event.participant_id for event in charity.published}) == 1


def test_a_row_gives_the_events_whose_conditions_hold(charity: Charity) -> None:
    """An outcome where there is one; and rows that nobody asked for are left out."""
    made = mapping(
        only={"Role": "Client"},
        columns=COLUMNS
        | {"Job from": "outcome.progress.effective_from", "Job": "outcome.progress.employer"},
        events={
            "enrolment": mapping().events["enrolment"],
            "outcome": {
                "when": {"Job from": "filled"},
                "fixed": {
                    "participation.service_id": "charity-b.mentoring",
                    "participation.stage": "recorded",
                    "progress.category": "EMP",
                },
            },
        },
    )
    headings = (*HEADINGS, "Role", "Job from", "Job")
    table = csv_table(
        (*ADA, "Client", "2026-02-20", "A bakery"),
        (*BEN, "client", "", ""),
        ("010", *BEN[1:], "Volunteer", "", ""),
        headings=headings,
    )
    result = charity.run(table, made)

    outcomes = [event for event in charity.published if isinstance(event, Outcome)]
    assert (result.enrolments.new, result.outcomes.new, result.rows_left_out) == (2, 1, 1)
    assert outcomes[0].progress is not None
    assert outcomes[0].progress.employer == "A bakery"
    assert outcomes[0].participation.stage == "recorded"


def test_words_of_the_organisation_become_those_of_the_bus(charity: Charity) -> None:
    """A word that the mapping does not have sets its row aside, and is not guessed."""
    made = mapping(
        columns=COLUMNS
        | {"Stage": {"to": "participation.stage", "words": {"On board": "started", "n": ""}}}
    )
    headings = (*HEADINGS, "Stage")
    result = charity.run(csv_table((*ADA, "ON-BOARD"), (*BEN, "Left"), headings=headings), made)

    assert (result.rows_created, result.rows_set_aside) == (1, 1)
    assert "`words`" in result.problems[0].text


def test_a_list_of_words_is_translated_word_by_word(charity: Charity) -> None:
    """Several in one cell, and a code that a spreadsheet keeps as a number."""
    words = {"care": "care_leaver", "one parent": "lone_parent", "7": "carer"}
    placement = {"to": "background.skills", "words": words}
    made = mapping(columns=COLUMNS | {"Groups": placement})
    table = csv_table((*ADA, "One Parent; care"), (*BEN, "7"), headings=(*HEADINGS, "Groups"))
    charity.run(table, made)

    told = [event.background.skills for event in charity.published if event.background]
    assert told == [("lone_parent", "care_leaver"), ("carer",)]


def test_days_in_the_wrong_order_set_a_row_aside() -> None:
    """Nobody starts before they are born."""
    result = Charity().run(csv_table((*ADA[:3], "14/03/2026", *ADA[4:])))

    assert result.problems[0].code == "date-order"


def test_a_question_is_asked_and_answered(charity: Charity) -> None:
    """All rows of the person wait; references keep their capitals."""
    charity.registrar.matches |= {"aB1"}
    number = new_passport_number()
    charity.registrar.issued.add(number)
    table = csv_table(("aB1", *ADA[1:]), ("AB1", *BEN[1:]))
    first = charity.run(table)
    second = charity.run(table, answers=f"reference,answer,number\naB1,same,{number}\n")

    assert [row.reference for row in first.set_aside] == ["aB1"]
    assert first.problems[0].code == "possible-match"
    assert (second.rows_created, second.rows_unchanged) == (1, 1)
    assert charity.published[0].participant_id == number


def test_a_service_that_the_bus_has_not_is_refused(charity: Charity) -> None:
    """Fixed, the mapping is; of a column, the row."""
    unknown = {"participation.service_id": "charity-b.baking", "participation.stage": "started"}
    with pytest.raises(MappingError, match=r"no service charity-b\.baking"):
        charity.run(csv_table(ADA), mapping(events={"enrolment": {"fixed": unknown}}))


def test_a_column_that_nobody_placed_refuses_the_table() -> None:
    """It may say something that the bus should know, or must not."""
    table = csv_table((*ADA, "38"), headings=(*HEADINGS, "Shoe size"))
    with pytest.raises(MappingError, match=r"column H \(Shoe size\): say where it goes"):
        Charity().run(table)


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_nothing_is_done_for_a_mapping_that_does_not_fit(
    charity: Charity,
    is_dry_run: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Who a row is about comes first; then what is missing, with what it may be."""
    run = charity.dry_run if is_dry_run else charity.run
    for headings, expected in (
        (("Name", *COLUMNS), "No column says who a row is about"),
        (("Client ID", "First names", *[*COLUMNS][1:]), r"is it column B \(First names\)\?"),
    ):
        with pytest.raises(MappingError, match=expected):
            run(csv_table(ADA, headings=headings))
    assert charity.registrar.asked == []


def test_a_mapping_of_another_organisation_is_refused() -> None:
    """What is published under the wrong provider cannot be taken back in silence."""
    with pytest.raises(MappingError, match="of borough-d"):
        Charity().run(csv_table(ADA), mapping(provider="borough-d"))


def test_a_dry_run_promises_and_leaves_nothing(charity: Charity) -> None:
    """Nobody is registered, and the run afterwards is the first."""
    promised = charity.dry_run(csv_table(ADA, BEN))
    done = charity.run(csv_table(ADA, BEN))

    assert promised.is_dry_run
    assert done == promised.model_copy(update={"is_dry_run": False})
