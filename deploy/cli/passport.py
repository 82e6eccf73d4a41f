"""`nwd passport`: a participant's story, as they or an organisation may see it."""

from typing import Annotated

from typer import Option, Typer

from consumers.passport.form import FilledForm, Why, fill
from consumers.passport.forms.known_forms import STANDARD, form_of
from consumers.passport.view import Passport
from deploy.cli import output
from deploy.cli.arguments import AsJson, Number
from deploy.cli.help_text import examples
from deploy.cli.text.values import in_words, source_of
from deploy.hub import open_hub
from deploy.operations.passport_seen import OrganisationReader, passport_seen
from schemas.identifiers import OrganisationId

app = Typer(name="passport", help="The job passport: a participant's story, told once.")

_WHY = {Why.NOT_KNOWN: "not known", Why.PROVIDERS_DIFFER: "providers differ: ask which is right"}


@app.command(
    epilog=examples(
        "nwd passport show NWD-SAMP-1E00-9",
        "nwd passport show NWD-SAMP-1E00-9 --as college-c",
        "nwd passport show NWD-SAMP-1E00-9 --as borough-d --form",
    )
)
def show(
    number: Number,
    *,
    organisation: Annotated[
        str | None,
        Option(
            "--as",
            metavar="ORG",
            help="See what this organisation's agreements open at this moment.",
        ),
    ] = None,
    is_form: Annotated[
        bool, Option("--form", help="Fill the enrolment form: what is known, what is to be asked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a passport: each value with its source and its time, and the story in order of time.

    Without --as it is the participant's own view: everything that was granted to the passport.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        reader = None if organisation is None else OrganisationReader(OrganisationId(organisation))
        passport = passport_seen(hub, connection, number, reader)
    if is_form:
        _show_form(fill(form_of(STANDARD), passport), as_json=as_json)
    elif as_json:
        output.json_object(passport)
    else:
        _show_passport(passport)
    if not passport.story:
        output.message(
            "There is nothing here to be seen: nothing was granted, or nothing is held yet."
            " `nwd consent show` says what is open; `nwd run passport` keeps the passports."
        )


def _show_passport(passport: Passport) -> None:
    output.table(
        f"Passport {passport.participant_id}",
        ("category", "field", "value", "from", "when", "differs from"),
        (
            (
                sourced.category,
                sourced.field,
                in_words(sourced.last.value),
                sourced.last.provider_id,
                sourced.last.observed_at,
                ", ".join(other.provider_id for other in sourced.differing),
            )
            for sourced in passport.values
        ),
    )
    output.table(
        "Story",
        ("when", "what", "service", "from", "it says"),
        (
            (
                step.occurred_at,
                step.event,
                step.service_id,
                step.provider_id,
                "; ".join(
                    f"{name}: {in_words(value)}"
                    for facts in step.facts.values()
                    for name, value in facts.items()
                    if name != "service_id"
                ),
            )
            for step in passport.story
        ),
    )


def _show_form(form: FilledForm, *, as_json: bool) -> None:
    if as_json:
        output.json_object(form)
        return
    output.table(
        form.form,
        ("question", "answer", "from"),
        (
            *(
                (reused.question.text, in_words(reused.answer.value), source_of(reused.answer))
                for reused in form.reused
            ),
            *((one.question.text, f"({_WHY[one.why]})", "") for one in form.to_ask),
        ),
    )
    output.result(f"{len(form.reused)} answers reused, {len(form.to_ask)} to be asked")
