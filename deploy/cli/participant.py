"""`nwd participant`: passport numbers, issued and looked up."""

import sys
from typing import Annotated

from typer import BadParameter, Context, Exit, Option, Typer

from consent_ledger.consent.changes import Merge, Unmerge
from consent_ledger.consent.standings import standings_of
from consent_ledger.register.participants import ParticipantRecord, participant_record
from consent_ledger.register.passport_numbers import numbers_of
from consent_ledger.register.register import PossibleMatches, RegisteredPerson
from deploy.cli import output
from deploy.cli.arguments import AsJson, Number, PassportNumber, ProviderId, passport_number_given
from deploy.cli.changes import EXITS, TIMEOUT, Timeout, enter
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.person import PersonGiven, person_of, person_on_standard_input
from deploy.cli.text.standing import standing_fields
from deploy.hub import Hub, open_hub
from deploy.pages.text import when

app = Typer(name="participant", help="Passport numbers: issue one, or look one up.")

_SHOWS = "Shows in shell history and process lists: --stdin does not."


@app.command(
    epilog=examples(
        "nwd participant register --provider borough-d --stdin < person.json",
        "NUMBER=$(nwd participant register --provider borough-d --given-names Ada)",
        "nwd participant register --provider borough-d --same-as NWD-SAMP-1E00-9",
        exits=(ExitCode.POSSIBLE_MATCH,),
    ),
    # click's own error would quote a value that stands there without its option
    context_settings={"allow_extra_args": True},
)
def register(
    context: Context,
    *,
    provider: Annotated[
        ProviderId,
        Option(
            metavar="PROVIDER",
            help="The provider at whose door the person is.",
            parser=ProviderId,
        ),
    ],
    given_names: Annotated[str | None, Option(metavar="NAME", help=_SHOWS)] = None,
    family_name: Annotated[str | None, Option(metavar="NAME", help=_SHOWS)] = None,
    date_of_birth: Annotated[str | None, Option(metavar="YYYY-MM-DD", help=_SHOWS)] = None,
    uln: Annotated[
        str | None, Option(metavar="DIGITS", help=f"Unique Learner Number. {_SHOWS}")
    ] = None,
    ni_number: Annotated[
        str | None, Option(metavar="AB123456C", help=f"National Insurance number. {_SHOWS}")
    ] = None,
    reference: Annotated[
        str | None,
        Option(
            metavar="TEXT",
            help=f"The provider's own reference: it finds the same person again. {_SHOWS}",
        ),
    ] = None,
    is_stdin: Annotated[
        bool,
        Option(
            "--stdin",
            help="Read who the person is as one JSON object from standard input: given_names,"
            " family_name, date_of_birth, uln, ni_number, reference, as far as they are known.",
        ),
    ] = False,
    is_new: Annotated[
        bool, Option("--new", help="The answer to a possible match: this is somebody else.")
    ] = False,
    is_returning: Annotated[
        bool,
        Option(
            "--returning",
            help="The answer where somebody was erased: they wish to take part again, or the"
            " reference is somebody else's now.",
        ),
    ] = False,
    same_as: Annotated[
        PassportNumber | None,
        Option(
            metavar="NUMBER",
            parser=passport_number_given,
            help="The answer to a possible match: this is the person with that number.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a passport number, or find the one that the provider's reference has already.

    Nothing about the person need be said, and of what is said only keyed digests are kept: they
    tell whether somebody may have a number already. Then nobody is joined to anybody: what agrees
    is printed, and --same-as or --new is the answer.

    The number alone goes to standard output, for NUMBER=$(nwd participant register ...).

    A reference of somebody who was erased is refused: only the person can wish to come back, which
    --returning says. They get a new number, and nothing of what was erased.
    """
    if context.args:
        raise BadParameter("Every value stands behind its option; there is one without.")
    if is_new and same_as is not None:
        raise BadParameter("--new and --same-as are opposite answers: give one.")
    given = {
        "given_names": given_names,
        "family_name": family_name,
        "date_of_birth": date_of_birth,
        "uln": uln,
        "ni_number": ni_number,
        "reference": reference,
    }
    if is_stdin and any(value is not None for value in given.values()):
        raise BadParameter("With --stdin, who the person is stands on standard input alone.")
    person = person_on_standard_input() if is_stdin else person_of(given)
    with open_hub() as hub:
        found = _register(
            hub, provider, person, is_new=is_new, is_returning=is_returning, same_as=same_as
        )
    _report(found, as_json=as_json)
    if isinstance(found, PossibleMatches):
        raise Exit(ExitCode.POSSIBLE_MATCH)


@app.command(
    epilog=examples(
        "nwd participant show NWD-SAMP-1E00-9",
        "nwd participant show NWD-SAMP-1E00-9 --json | jq .events",
    )
)
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Show what the register holds under a number: since when, how much, which permissions.

    There is no name: the register has none.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        found = participant_record(connection, number)
        others = [row.participant_id for row in numbers_of(connection, number)]
        others.remove(number)
        standings = standings_of(connection, [number]).get(number, {})
    fields = {agreement_id: standing_fields(one) for agreement_id, one in sorted(standings.items())}
    if as_json:
        output.json_object({**found._asdict(), "other_numbers": others, "standings": fields})
        return
    _show_record(found)
    if others:
        output.result(f"the same person  {', '.join(others)}")
    for agreement_id, one in fields.items():
        said = ", ".join(f"{name}: {_words(value)}" for name, value in one.items() if value)
        output.result(f"  {agreement_id}  {said}")


@app.command(
    epilog=examples(
        "nwd participant merge NWD-SAMP-2B00-2 --into NWD-SAMP-1E00-9",
        exits=EXITS,
    )
)
def merge(
    number: Number,
    *,
    into: Annotated[
        PassportNumber,
        Option(
            metavar="NUMBER",
            parser=passport_number_given,
            help="The number that the person goes on with.",
        ),
    ],
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Join two numbers of one person: every tray shows what both are known for under one of them.

    Ask the person first. It opens nothing and closes nothing; whatever they say afterwards, of
    either number, holds for both. Both numbers go on working at every door. `unmerge` takes it
    back.
    """
    enter(Merge(number=number, into=into), timeout, as_json=as_json)


@app.command(epilog=examples("nwd participant unmerge NWD-SAMP-2B00-2", exits=EXITS))
def unmerge(number: Number, *, timeout: Timeout = TIMEOUT, as_json: AsJson = False) -> None:
    """Part a number again from the one it was merged into: they are two people after all.

    What was opened while they were joined may have been opened by the other person. Every
    agreement in which anything was is closed for this number, as a whole: also what was granted or
    informed of before the merge. It stays closed until this person is asked. What was closed stays
    closed.
    """
    enter(Unmerge(number=number), timeout, as_json=as_json)


def _register(
    hub: Hub,
    provider: ProviderId,
    person: PersonGiven,
    *,
    is_new: bool,
    is_returning: bool,
    same_as: str | None,
) -> RegisteredPerson | PossibleMatches:
    with hub.ledger.begin() as tx:
        if same_as is None:
            return hub.register.register(
                tx,
                provider,
                person.identity,
                reference=person.reference,
                is_new=is_new,
                is_returning=is_returning,
            )
        return hub.register.link(tx, provider, person.reference, same_as)


def _report(found: RegisteredPerson | PossibleMatches, *, as_json: bool) -> None:
    match found:
        case RegisteredPerson() if as_json:
            outcome = "registered" if found.is_new else "known"
            output.json_object({"outcome": outcome, "participant_id": found.participant_id})
        case RegisteredPerson():
            output.result(found.participant_id)
            said = "A new number." if found.is_new else "Not a new number."
            if sys.stdout.isatty():
                said += f" For the next commands:  NUMBER={found.participant_id}"
            output.message(said)
        case PossibleMatches() if as_json:
            output.json_object(
                {
                    "outcome": "possible-match",
                    "reasons": found.reasons,
                    "candidates": found.candidates,
                }
            )
        case PossibleMatches():
            # on standard error, or NUMBER=$(nwd participant register ...) would hold it
            output.message(f"This may be somebody with a number already: {_words(found.reasons)}.")
            output.message("Ask the person. Then run the command again with one of")
            for candidate in found.candidates:
                output.message(f"  --same-as {candidate}   it is the same person")
            output.message("  --new   it is somebody else")


def _show_record(found: ParticipantRecord) -> None:
    output.result(f"{found.participant_id}  {found.state}")
    if found.registered_at is not None:
        output.result(f"registered by {found.registered_by}, {when(found.registered_at)}")
    output.result(f"events  {found.events:,}")


def _words(value: object) -> str:
    if value is True:
        return "yes"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
