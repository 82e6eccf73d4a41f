import io
from datetime import date

import pytest

from deploy.cli.person import PersonError, person_of, person_on_standard_input
from schemas.blocks import Contact, Identity


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


@pytest.mark.parametrize(
    "text", [b"", b"Ada Sample", b"[]", b"\xff", b'{"ni_number": "QQ12345"}', b'{"Ada": "Sample"}']
)
def test_what_is_not_understood_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    """Whatever came in may be a name or a number."""
    given(monkeypatch, text)

    with pytest.raises(PersonError) as caught:
        person_on_standard_input()

    said = str(caught.value).partition("such as")[0]  # the hint's own example is Ada's
    assert "Ada" not in said
    assert "QQ12345" not in said


def test_a_reference_is_a_text() -> None:
    """A number in JSON could lose its leading zeros on the way."""
    with pytest.raises(PersonError, match="reference: must be a text"):
        person_of({"reference": 17})


@pytest.mark.parametrize("text", ["02/03/1992", "2 March 1992", "1992-13-01", "1992", ""])
def test_a_day_that_is_written_otherwise_is_told_how(text: str) -> None:
    """In our words, with an example; never the day itself."""
    with pytest.raises(PersonError) as caught:
        person_of({"date_of_birth": text})

    assert caught.value.hint == (
        "date_of_birth: a day is written as YYYY-MM-DD, such as 1992-03-02"
    )
