"""Rosa Quillfeather, who does not exist: the participant whom the story follows by name."""

from datetime import date
from typing import Final

from deploy.demo.people import official_numbers
from deploy.demo.people.circumstances import LOOKING, Circumstances
from deploy.demo.people.person import Person
from deploy.demo.people.places import Place

_NUMBER: Final = 0
"""The other made-up people are counted from 1, so her numbers are hers only."""

ROSA: Final = Person(
    number=_NUMBER,
    given_names="Rosa",
    family_name="Quillfeather",
    date_of_birth=date(1991, 3, 14),
    sex="F",
    uln=official_numbers.uln(_NUMBER),
    ni_number=official_numbers.ni_number(_NUMBER),
    phone="07700 900461",  # one that Ofcom keeps free for drama
    email="rosa.quillfeather@example.org",
    place=Place(("12 Lanternwick Row", "London"), "SE15 4ZZ", "Southwark", "SE15"),
    language="en",
    interpreter=False,
    safe_contact="text, do not call",
    circumstances=Circumstances(
        employment_status=LOOKING,
        unemployed_for=3,
        employed_for=None,
        hours_code=None,
        prior_level=2,
        skills=("cooking", "stock control"),
        work_history=("kitchen porter, 2 years",),
        right_to_work_seen=True,
        goals=("work in a kitchen",),
        barriers=("no recent references",),
        adjustments=("a quiet room",),
        household=2,
        childcare=True,
        availability="weekdays in school hours",
        hours_wanted=24.0,
        has_condition=1,
        condition=9,
        ethnicity=45,
        justice=False,
        benefit=4,
    ),
)
"""Codes are the ILR's."""
