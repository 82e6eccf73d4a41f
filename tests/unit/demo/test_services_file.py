from pathlib import Path

import pytest

from consent_ledger.agreements.services import ServicesError, load_services
from producers.ilr.services import services

SHIPPED = Path(__file__).parents[3] / "deploy" / "services.yaml"
SOUND = """
providers:
  college-c:
    name: A college
    ukprn: "90010002"
    services:
      courses: {name: Courses, sensitive: false}
      clinic: {name: A clinic, sensitive: true}
"""


def written(folder: Path, text: str) -> Path:
    """Return a file that holds the text."""
    path = folder / "services.yaml"
    path.write_text(text, "utf-8")
    return path


def test_reads_providers_and_gives_their_services_full_ids(tmp_path: Path) -> None:
    """A service's id is made of the provider's id and its own slug."""
    directory = load_services(written(tmp_path, SOUND))

    assert [(one.id, one.name, one.ukprn) for one in directory.providers] == [
        ("college-c", "A college", "90010002")
    ]
    assert [(one.id, one.name, one.sensitive) for one in directory.services] == [
        ("college-c.courses", "Courses", False),
        ("college-c.clinic", "A clinic", True),
    ]


def test_lists_every_fault_and_takes_nothing(tmp_path: Path) -> None:
    """One message names all that is wrong, each with its place."""
    path = written(
        tmp_path,
        """
providers:
  College C:
    name: A college
    ukprn: 90010002
    services:
      courses: {name: Courses}
  borough-d:
    name: ""
    services: {}
    colour: red
""",
    )

    with pytest.raises(ServicesError) as caught:
        load_services(path)

    faults = caught.value.hint.splitlines()
    for place in (
        "providers.College C.[key]:",
        "providers.College C.ukprn:",
        "providers.College C.services.courses.sensitive:",
        "providers.borough-d.name:",
        "providers.borough-d.services:",
        "providers.borough-d.colour:",
    ):
        assert any(fault.strip().startswith(place) for fault in faults), place
    assert len(faults) == 6


@pytest.mark.parametrize("slug", ["Courses", "-courses", "a.b", "a" * 62, '""'])
def test_refuses_a_slug_that_no_event_could_name(tmp_path: Path, slug: str) -> None:
    """A service must have an id that the schemas accept."""
    path = written(tmp_path, SOUND.replace("courses:", f"{slug}:"))

    with pytest.raises(ServicesError, match="was not taken"):
        load_services(path)


@pytest.mark.parametrize("said", ["perhaps", '"false"', "0", "null"])
def test_sensitivity_is_said_plainly_or_the_file_is_refused(tmp_path: Path, said: str) -> None:
    """Nothing but true and false is taken: a guess could open what must stay closed."""
    path = written(tmp_path, SOUND.replace("sensitive: true", f"sensitive: {said}"))

    with pytest.raises(ServicesError) as caught:
        load_services(path)

    assert "providers.college-c.services.clinic.sensitive" in caught.value.hint


def test_refuses_a_service_that_is_listed_twice(tmp_path: Path) -> None:
    """The second line would silently undo the first one's mark."""
    twice = SOUND + "      clinic: {name: A clinic, sensitive: false}\n"

    with pytest.raises(ServicesError, match="line 8") as caught:
        load_services(written(tmp_path, twice))

    assert "clinic is written twice" in caught.value.hint


def test_refuses_two_providers_with_one_ukprn(tmp_path: Path) -> None:
    """A return must belong to one provider."""
    other = SOUND.partition("providers:")[2].replace("college-c", "college-d")

    with pytest.raises(ServicesError) as caught:
        load_services(written(tmp_path, SOUND + other))

    assert "two providers have the same UKPRN: 90010002" in caught.value.hint


@pytest.mark.parametrize("text", ["", "providers: {}", "- a list", "providers: [1"])
def test_refuses_a_file_that_holds_no_providers(tmp_path: Path, text: str) -> None:
    """A file that is empty or not of the form is an error, not an empty directory."""
    with pytest.raises(ServicesError):
        load_services(written(tmp_path, text))


def test_says_that_a_file_is_missing(tmp_path: Path) -> None:
    """A missing file is an error of its own, in words."""
    with pytest.raises(ServicesError, match=r"services\.yaml cannot be read"):
        load_services(tmp_path / "services.yaml")


def test_the_shipped_file_marks_the_recovery_service_and_no_other() -> None:
    """The demo's one sensitive service is the charity's recovery service."""
    directory = load_services(SHIPPED)

    assert {one.id for one in directory.services if one.sensitive} == {"charity-b.recovery"}
    assert {one.id for one in directory.providers} == {
        "college-c",
        "borough-d",
        "charity-b",
        "jobcentre-e",
    }


def test_the_shipped_file_lists_every_service_that_a_return_may_name() -> None:
    """An import files aims under services of its own: an unlisted one would count as sensitive."""
    directory = load_services(SHIPPED)
    listed = {one.id for one in directory.services}
    colleges = [one.id for one in directory.providers if one.ukprn]

    assert colleges == ["college-c"]
    for college in colleges:
        assert services(college).keys() <= listed
