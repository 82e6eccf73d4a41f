"""A table as two people have typed it over a year, each in their own way, with what goes wrong."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from deploy.demo.people.dice import dice
from deploy.demo.people.person import Person, people
from tests.bench.matching.errors import digit_wrong, happens, typed

HEADINGS: Final = (
    *("Client no.", "First Name", "Surname ", "D.O.B.", "Mobile", "E-mail", "Post code"),
    *("Date started", "STATUS", "Job start date", "Employer", "Worker's comments"),
)
_STATUS: Final = ("Active", "active ", "On hold", "Left", "Job!", "")
_EMPLOYERS: Final = ("Fernmoor Bakery", "The Kettle", "Lido Café")


def typed_rows(count: int, seed: int = 1) -> Iterator[tuple[object, ...]]:
    """Yield rows of made-up people; one in forty is somebody who stands there already."""
    chance = dice("typed", seed)
    crowd = people(count, seed=seed)
    for number, person in enumerate(crowd):
        again = number > 20 and happens(chance, 0.025)
        who = crowd[chance.randrange(number)] if again else person
        yield _row(chance, number, who)


def _row(chance: Random, number: int, person: Person) -> tuple[object, ...]:
    started = date(2025, 4, 1) + timedelta(days=chance.randrange(300))
    has_job = happens(chance, 0.2)
    phone = person.phone or ""
    return (
        "" if happens(chance, 0.01) else f"KT{number:03}",
        _written(chance, person.given_names),
        _written(chance, person.family_name),
        _day(chance, person.date_of_birth),
        digit_wrong(chance, phone) if phone and happens(chance, 0.02) else phone,
        (person.email or "").replace("@", " at " if happens(chance, 0.03) else "@"),
        _postcode(chance, person.place.postcode),
        _day(chance, started),
        chance.choice(_STATUS),
        _day(chance, started + timedelta(days=60)) if has_job else "",
        chance.choice(_EMPLOYERS) if has_job else "",
        "likes the mornings" if happens(chance, 0.3) else "",
    )


def _written(chance: Random, name: str) -> str:
    if happens(chance, 0.04):
        name = typed(chance, name)
    return chance.choice((name, name, name, f"{name} ", name.upper(), f"\u00a0{name}"))


def _day(chance: Random, day: date) -> object:
    if happens(chance, 0.01):
        return chance.choice(("tbc", "31/02/2025", "?"))
    forms = ("%d/%m/%Y", "%d/%m/%Y", "%d.%m.%y", "%d %B %Y", "%Y-%m-%d")
    return chance.choice((day, day.strftime(chance.choice(forms))))


def _postcode(chance: Random, postcode: str) -> str:
    if happens(chance, 0.03):
        return chance.choice(("", "unknown", postcode[:3]))
    return chance.choice((postcode, postcode.lower(), postcode.replace(" ", "")))
