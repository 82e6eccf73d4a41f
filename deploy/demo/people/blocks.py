"""A person's answers to a form, as the blocks of an event. What was not answered is None."""

from datetime import date

from deploy.demo.people.person import Person
from schemas.blocks import (
    Area,
    Background,
    Contact,
    Equality,
    Health,
    Identity,
    Justice,
    Money,
    Needs,
)


def identity(person: Person) -> Identity:
    """Return who the person is, with the number a public office asks for; colleges know the ULN."""
    return name(person).model_copy(update={"ni_number": person.ni_number})


def name(person: Person) -> Identity:
    """Return who the person is as a charity asks: without any number."""
    return Identity(
        given_names=person.given_names,
        family_name=person.family_name,
        date_of_birth=person.date_of_birth,
    )


def contact(person: Person) -> Contact:
    """Return how to reach the person."""
    place = person.place
    return Contact(
        phone=person.phone,
        email=person.email,
        address=place.address,
        postcode=place.postcode if place.borough else None,
        safe_contact=person.safe_contact,
        language=person.language,
        interpreter=person.interpreter,
    )


def area(person: Person) -> Area | None:
    """Return the borough and district, or None without an address."""
    place = person.place
    return Area(borough=place.borough, postcode_district=place.district) if place.borough else None


def background(person: Person, on: date) -> Background:
    """Return work and learning before that day."""
    answers = person.circumstances
    return Background(
        employment_status=answers.employment_status,
        employment_status_on=on,
        unemployed_for=answers.unemployed_for,
        employed_for=answers.employed_for,
        prior_level=answers.prior_level,
        work_history=answers.work_history,
        skills=answers.skills,
        right_to_work_seen=answers.right_to_work_seen,
    )


def needs(person: Person) -> Needs:
    """Return what the person wants and what stands in the way."""
    answers = person.circumstances
    return Needs(
        goals=answers.goals,
        barriers=answers.barriers,
        adjustments=answers.adjustments,
        household=() if answers.household is None else (answers.household,),
        childcare=answers.childcare,
        availability=answers.availability,
        hours_wanted=answers.hours_wanted,
    )


def health(person: Person) -> Health:
    """Return health and disability."""
    answers = person.circumstances
    return Health(
        has_condition=answers.has_condition,
        conditions=() if answers.condition is None else (answers.condition,),
        primary_condition=answers.condition,
    )


def equality(person: Person) -> Equality:
    """Return ethnicity and sex."""
    return Equality(ethnicity=person.circumstances.ethnicity, sex=person.sex)


def justice(person: Person) -> Justice | None:
    """Return criminal justice experience, where there is any."""
    return Justice(has_experience=True) if person.circumstances.justice else None


def money(person: Person) -> Money | None:
    """Return the benefit received, where there is one."""
    answers = person.circumstances
    if answers.benefit is None or answers.benefit_name is None:
        return None
    return Money(benefit_status=answers.benefit, benefits=(answers.benefit_name,))
