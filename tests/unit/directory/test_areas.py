import pytest

from deploy.directory.areas import Areas, area_name, areas_in


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Camden", "Camden"),
        ("London Borough of Camden", "Camden"),
        ("the Royal Borough of Kensington & Chelsea", "Kensington and Chelsea"),
        ("City of Westminster", "Westminster"),
        ("City of London", "City of London"),
        ("Camden Council", "Camden"),
        ("Fernmoor", "Fernmoor"),
        ("Greater London", "London"),
    ],
)
def test_an_area_is_known_by_its_name(text: str, name: str) -> None:
    """However its organisation writes it."""
    assert areas_in([text]) == Areas((name,), ())
    assert area_name(text) in (name, "Kensington & Chelsea")


def test_boroughs_are_found_in_a_sentence() -> None:
    """Each, and once; a word that only begins like one is none."""
    said = "For residents of Barnet, Brent and Hammersmith & Fulham, and of Brent Cross."

    assert areas_in([said]).names == ("Barnet", "Brent", "Hammersmith and Fulham")
    assert areas_in(["Anybody who can come to Brentwood, wherever they live now"]).names == ()


def test_a_sentence_that_names_no_borough_is_a_note() -> None:
    """Nothing is guessed from it."""
    said = "The service is available to all residents of the MyCity area."

    assert areas_in([said]) == Areas((), (said,))
