import io
from datetime import date

import pytest

from deploy.cli.person import person_on_standard_input
from deploy.operations.person_given import PersonError, person_of
from schemas.blocks import Contact, Identity
from schemas.errors import MalformedError


def given(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    """Put a text on standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))


def test_a_person_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the provider's own reference, which is no part of the identity."""
    given(
        monkeypatch,
        b'{"given_names": "Ada", "date_of_birth": "1991-03-14", "reference": "17",'
        b' "postcode": "E8 3RH", "address": ["12 Mare Street"], "phone": null}',
    )

    assert person_on_standard_input() == (
        Identity(given_names="Ada", date_of_birth=date(1991, 3, 14)),
        Contact(postcode="E8 3RH", address=("12 Mare Street",)),
        "17",
    )


def test_nothing_need_be_known() -> None:
    """A number is issued to whoever asks for one."""
    assert person_of({"given_names": None, "reference": None}) == (
        Identity(),
        Contact(),
        None,
    )


def test_what_a_row_of_a_table_leaves_empty_is_not_known() -> None:
    """But for the reference: one that is empty was lost on the way."""
    row = {"given_names": "Ada", "family_name": " ", "ni_number": "", "phone": "", "uln": ""}

    assert person_of(row) == (Identity(given_names="Ada"), Contact(), None)
    with pytest.raises(PersonError, match="reference: must be a text"):
        person_of(row | {"reference": ""})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("ab 12 34 56 c", "AB123456C"), ("AB123456C", "AB123456C"), ("ab123456", "AB123456 ")],
)
def test_a_number_is_taken_as_people_type_it(typed: str, kept: str) -> None:
    """With spaces and small letters; the last letter may be unknown."""
    assert person_of({"ni_number": typed, "uln": "10 0000 0000"}) == (
        Identity(ni_number=kept, uln="1000000000"),
        Contact(),
        None,
    )


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        (
            "ni_number",
            "none",
            "it is two letters, six digits and a letter A to D; leave a temporary one out",
        ),
        ("uln", "12345", "it is ten digits"),
    ],
)
def test_a_number_that_is_none_is_told_what_one_is(name: str, text: str, form: str) -> None:
    """Not by a regular expression."""
    with pytest.raises(PersonError) as caught:
        person_of({name: text})

    assert caught.value.hint.startswith(f"{name}: {form}")


@pytest.mark.parametrize(
    "text", [b"", b"Ada Sample", b"[]", b"\xff", b'{"ni_number": "QQ12345"}', b'{"Ada": "Sample"}']
)
def test_what_is_not_understood_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    """Whatever came in may be a name or a number."""
    given(monkeypatch, text)

    with pytest.raises(MalformedError) as caught:
        person_on_standard_input()

    said = str(caught.value).partition("such as")[0]  # the hint's own example is Ada's
    assert "Ada" not in said
    assert "QQ12345" not in said


def test_a_reference_is_a_text() -> None:
    """A number in JSON could lose its leading zeros on the way."""
    with pytest.raises(PersonError, match="reference: must be a text"):
        person_of({"reference": 17})


@pytest.mark.parametrize("text", ["02/03/1992", "2 March 1992", "1992-13-01", "1992"])
def test_a_day_that_is_written_otherwise_is_told_how(text: str) -> None:
    """In our words, with an example; never the day itself."""
    with pytest.raises(PersonError) as caught:
        person_of({"date_of_birth": text})

    assert caught.value.hint == (
        "date_of_birth: a day is written as YYYY-MM-DD, such as 1992-03-02"
    )
