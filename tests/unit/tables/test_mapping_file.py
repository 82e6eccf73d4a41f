"""A mapping: what is said of one that cannot be taken, and one that is proposed."""

from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from producers.tables import cells, fields
from producers.tables.errors import MappingError
from producers.tables.fields import fields_of
from producers.tables.guess import guessed_mapping
from producers.tables.mapping import load_mapping
from schemas.events import EVENT_TYPES, Enrolment
from tests.support.tables.charity import ADA, BEN, HEADINGS, SERVICES, Charity, csv_table

WHOLE = """\
name: clients
version: 1
reference: Client ID
columns:
  First name: identity.given_names
  Started: participation.started_on
events:
  enrolment:
    fixed: {participation.service_id: charity-b.mentoring, participation.stage: started}
"""
ONE_SERVICE = {"charity-b.mentoring": "Mentoring", "borough-d.jobs": "Jobs"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("identity.given_names", "identity.given_name", r"is it identity\.given_names\?"),
        ("identity.given_names", '"?"', r"columns\.First name: say where it goes"),
        ("identity.given_names", "outcome.progress.code", "is no field"),
        (", participation.stage: started", "", r"no column goes to participation\.stage"),
        ("charity-b.mentoring", '"?"', r"say what participation\.service_id is"),
        ("  Started: participation.started_on\n", "", "when it happened"),
        ("version: 1\n", "", "version"),
        ("enrolment:", "something:", "type"),
        ("reference:", "person:", "person"),
        ("  Started:", "  First name:", "written twice"),
        (
            "participation.started_on",
            "{to: participation.started_on, words: {Soon: '?'}}",
            "say what its words are",
        ),
    ],
)
def test_a_mapping_that_cannot_be_taken_says_where(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """And what it may have meant."""
    path = tmp_path / "clients.yaml"
    path.write_text(WHOLE.replace(old, new), "utf-8")

    with pytest.raises(MappingError, match=message):
        load_mapping(path)


def test_yes_and_no_are_words(tmp_path: Path) -> None:
    """What YAML takes for true and false stands in many tables."""
    path = tmp_path / "clients.yaml"
    words = "\n  No: {to: needs.childcare, words: {No: yes, 007: no}}\n"
    path.write_text(WHOLE.replace("\nevents", f"{words}events"), "utf-8")

    (placement,) = load_mapping(path).columns["No"]
    assert placement.words == {"No": "yes", "007": "no"}


def test_a_mapping_is_proposed_and_is_taken_once_it_is_complete(
    tmp_path: Path, charity: Charity
) -> None:
    """Nobody's name, number or note is in it."""
    table = csv_table(ADA, BEN)
    text = guessed_mapping(table, charity.importer.provider_id, ONE_SERVICE, "Clients 2026")
    path = tmp_path / "clients.yaml"
    path.write_text(text.replace("Notes: notes.text", "Notes: ignored"), "utf-8")
    made = load_mapping(path)

    for value in (*ADA[1:], *BEN[1:5]):
        assert value not in text
    assert made.name == "clients-2026"
    assert charity.run(table, made).rows_created == 2


def test_what_a_guess_does_not_know_it_asks() -> None:
    """A column, the service where there are several, and words that need a translation."""
    table = csv_table(
        (*ADA, "Active", "x1"),
        (*BEN, "Left", "x2"),
        headings=(*HEADINGS, "Status", "Wing"),
    )
    services = dict.fromkeys(SERVICES, "a name")
    text = guessed_mapping(table, Charity().importer.provider_id, services, "clients")

    assert "Wing: '?'" in text
    assert "Active: '?'" in text
    assert "participation.service_id: '?'" in text
    assert "charity-b.volunteering" in text


def test_a_column_is_known_by_what_stands_in_it() -> None:
    """Whatever its heading: e-mail addresses, postcodes, numbers."""
    table = csv_table(
        ("1", "a@example.org", "E8 3RH", "AB123456C"),
        ("2", "b@example.org", "N1 9GU", "AB123457C"),
        headings=("Client ID", "Web", "Where", "Tax"),
    )
    text = guessed_mapping(table, Charity().importer.provider_id, ONE_SERVICE, "clients")

    assert "Web: contact.email" in text
    assert "Where: contact.postcode" in text
    assert "Tax: identity.ni_number" in text


def test_a_field_that_is_new_in_the_contract_can_be_mapped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fields are those of the models, whatever these are."""

    class Pet(BaseModel):
        name: str | None = None
        legs: int | None = Field(None)

    class PetEnrolment(Enrolment):
        pet: Pet | None = None

    monkeypatch.setitem(EVENT_TYPES, "pet", PetEnrolment)
    found = fields_of("pet")

    assert {"pet.name", "pet.legs", "participation.service_id"} <= set(found)
    assert found["pet.legs"].convert is cells.whole


@pytest.mark.parametrize("kind", ["referral", "enrolment", "outcome"])
def test_every_field_but_what_has_fields_of_its_own_can_be_mapped(kind: str) -> None:
    """A contributor and an answer to a questionnaire are no cell."""
    mapped = fields_of(kind)
    left_out = {
        f"{block}.{name}": info.annotation
        for block, model in fields.blocks_of(EVENT_TYPES[kind]).items()
        for name, info in model.model_fields.items()
        if f"{block}.{name}" not in mapped
    }

    assert {"progress.contributors", "wellbeing.answers"} <= set(left_out)
    assert all("schemas.blocks." in str(annotation) for annotation in left_out.values())
