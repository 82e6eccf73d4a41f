"""The standard enrolment form, which a college may use as it is or replace by its own."""

from collections.abc import Iterable

from consumers.passport.form import Form, Question
from schemas.categories import Category


def _ask(category: Category, **texts: str) -> Iterable[Question]:
    return (Question(text=text, category=category, field=field) for field, text in texts.items())


STANDARD_ENROLMENT = Form(
    name="Enrolment on a course for adults",
    questions=(
        *_ask(
            Category.IDENTITY,
            given_names="What are your given names?",
            family_name="What is your family name?",
            date_of_birth="When were you born?",
            uln="Do you have a Unique Learner Number?",
            ni_number="What is your National Insurance number?",
        ),
        *_ask(
            Category.CONTACT,
            address="Where do you live?",
            postcode="What is your postcode?",
            phone="What is your telephone number?",
            email="What is your e-mail address?",
            safe_contact="How and when is it safe to contact you?",
            language="Which language do you prefer?",
            interpreter="Do you need an interpreter?",
        ),
        *_ask(
            Category.BACKGROUND,
            employment_status="Are you in work?",
            unemployed_for="How long have you been out of work?",
            prior_level="What is your highest qualification?",
            work_history="Which jobs have you had?",
            skills="What are you good at?",
            right_to_work_seen="Has an adviser seen your right to work evidence?",
        ),
        *_ask(
            Category.NEEDS,
            goals="What do you want to reach?",
            barriers="What stands in the way?",
            adjustments="What would make learning easier for you?",
            childcare="Do you need childcare?",
            availability="When can you come?",
        ),
        *_ask(
            Category.HEALTH,
            has_condition="Do you have a learning difficulty, disability or health problem?",
            conditions="Which?",
        ),
        *_ask(Category.EQUALITY, ethnicity="What is your ethnic group?", sex="What is your sex?"),
        *_ask(Category.MONEY, benefit_status="Which kind of benefit do you receive?"),
    ),
)
"""What a college asks at enrolment, for its learning agreement and its ILR return: 28 questions."""
