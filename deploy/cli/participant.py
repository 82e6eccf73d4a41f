"""`nwd participant`: passport numbers, issued and looked up."""

import sys
from typing import Annotated

from typer import BadParameter, Context, Exit, Option, Typer

from consent_ledger.consent.changes import LedgerChange, Merge, Unmerge
from consent_ledger.consent.standings import standings_of
from consent_ledger.register.answered import RegisteredPerson
from consent_ledger.register.finding import PossibleMatches
from consent_ledger.register.participants import participant_record
from consent_ledger.register.passport_numbers import RegisterError, numbers_of
from consent_ledger.register.told import told_of
from deploy.cli import output
from deploy.cli.arguments import (
    AsJson,
    Number,
    PassportNumber,
    ProviderId,
    number_option,
    provider_option,
)
from deploy.cli.changes import change_command
from deploy.cli.duplicates import DISTINCT_EXAMPLES, DUPLICATES_EXAMPLES, distinct, duplicates
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.matching_weights import WEIGHTS_EXAMPLES, weights
from deploy.cli.merge_preview import show_preview
from deploy.cli.person import person_on_standard_input
from deploy.cli.text.standing import standing_fields
from deploy.cli.text.values import in_words
from deploy.hub import open_hub
from deploy.operations.organisations import demand_not_removed
from deploy.operations.person_given import person_of
from deploy.pages.text import counted, when

app = Typer(name="participant", help="Passport numbers: issue one, or look one up.")

_SHOWS = "Shows in shell history and process lists: --stdin does not."


@app.command(
    epilog=examples(
        "nwd participant register --provider borough-d --stdin < person.json",
        "NUMBER=$(nwd participant register --provider borough-d --given-names Ada)",
        "nwd participant register --provider borough-d --same-as NWD-SAMP-1E00-9",
        exits=(ExitCode.POSSIBLE_MATCH,),
    ),
    # click's own error would quote a value that is given without its option
    context_settings={"allow_extra_args": True},
)
def register(
    context: Context,
    *,
    provider: Annotated[ProviderId, provider_option("The provider at whose door the person is.")],
    given_names: Annotated[str | None, Option(metavar="NAME", help=_SHOWS)] = None,
    family_name: Annotated[str | None, Option(metavar="NAME", help=_SHOWS)] = None,
    date_of_birth: Annotated[str | None, Option(metavar="YYYY-MM-DD", help=_SHOWS)] = None,
    uln: Annotated[
        str | None, Option(metavar="DIGITS", help=f"Unique Learner Number. {_SHOWS}")
    ] = None,
    ni_number: Annotated[
        str | None, Option(metavar="AB123456C", help=f"National Insurance number. {_SHOWS}")
    ] = None,
    postcode: Annotated[
        str | None, Option(metavar="POSTCODE", help=f"Postcode of the home. {_SHOWS}")
    ] = None,
    address: Annotated[
        list[str] | None,
        Option(metavar="LINE", help=f"A line of the address; once for each line. {_SHOWS}"),
    ] = None,
    phone: Annotated[str | None, Option(metavar="NUMBER", help=_SHOWS)] = None,
    email: Annotated[str | None, Option(metavar="ADDRESS", help=_SHOWS)] = None,
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
            " family_name, date_of_birth, uln, ni_number, postcode, address (a list of lines),"
            " phone, email, reference, as far as they are known.",
        ),
    ] = False,
    is_new: Annotated[
        bool, Option("--new", help="The answer to a possible match: this is another person.")
    ] = False,
    is_returning: Annotated[
        bool,
        Option(
            "--returning",
            help="The answer where the person was erased: they wish to take part again, or the"
            " reference is another person's now.",
        ),
    ] = False,
    same_as: Annotated[
        PassportNumber | None,
        number_option(
            "The answer to a possible match: this is the person with that number, as on their card."
        ),
    ] = None,
    has_consent: Annotated[
        bool,
        Option(
            "--with-consent",
            help="The answer to a possible match without a card: the person agrees that their"
            " number is looked up. They see it in their copy.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a person a passport number, or find the one that the provider's reference has already.

    Nothing about the person has to be given; but a reference by itself, or with what says nothing,
    finds whoever has it, and registers nobody without --new: a typing error would be a person.

    What is given is kept, sealed under the person's own key: it shows whether somebody who comes to
    a door has a number already. Where that is as good as certain, the number is the same, and the
    answer as for somebody new. Where it may be, nobody is joined to anybody: what agrees is
    printed, not the number, which the person has on their card. --same-as with that number, --new
    or --with-consent is the answer. Whom this finds can see in their copy who asked, and when.

    What cannot be, such as a date of birth in the future, is refused; what says nothing of who
    somebody is, such as the learner number 9999999999, is taken as absent, and told.

    Only the number goes to standard output, for NUMBER=$(nwd participant register ...).

    The reference of an erased person is refused: only the person can wish to come back, which
    --returning says. They get a new number, and nothing of what was erased.
    """
    if context.args:
        raise BadParameter("Every value stands behind its option; there is one without.")
    if (is_new, same_as is not None, has_consent).count(True) > 1:
        raise BadParameter("--new, --same-as and --with-consent are different answers: give one.")
    given = {
        "given_names": given_names,
        "family_name": family_name,
        "date_of_birth": date_of_birth,
        "uln": uln,
        "ni_number": ni_number,
        "postcode": postcode,
        "address": address or None,
        "phone": phone,
        "email": email,
        "reference": reference,
    }
    if is_stdin and any(value is not None for value in given.values()):
        raise BadParameter("With --stdin, who the person is stands on standard input alone.")
    identity, contact, own = person_on_standard_input() if is_stdin else person_of(given)
    with open_hub() as hub, hub.ledger.begin() as tx:
        demand_not_removed(hub.settings.home, provider)
        if same_as is not None:
            answer: RegisteredPerson | PossibleMatches = hub.register.link(
                tx, provider, own, same_as, identity=identity, contact=contact
            )
        else:
            answer = hub.register.register(
                tx,
                provider,
                identity,
                contact=contact,
                reference=own,
                is_new=is_new,
                is_returning=is_returning,
                has_consent=has_consent,
            )
            is_told_of = told_of(identity, contact, tx.now().date()).is_anything
            if own is not None and not (is_told_of or is_new or is_returning):
                _demand_known(answer)
    _report(answer, as_json=as_json)
    if isinstance(answer, PossibleMatches):
        raise Exit(ExitCode.POSSIBLE_MATCH)


@app.command(
    epilog=examples(
        "nwd participant show NWD-SAMP-1E00-9",
        "nwd participant show NWD-SAMP-1E00-9 --json | jq .events",
    )
)
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Show what the register holds under a number: since when, how much, what is granted.

    There is no name: the register has none. Of other numbers that the person has it says how many:
    which stands on their cards, and in their copy (`nwd export`).
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        record = participant_record(connection, number)
        others = len(numbers_of(connection, number)) - 1
        standings = standings_of(connection, [number]).get(number, {})
    fields = {id_: standing_fields(standing) for id_, standing in sorted(standings.items())}
    if as_json:
        output.json_object({**record._asdict(), "other_numbers": others, "standings": fields})
        return
    output.result(f"{record.participant_id}  {record.state}")
    if record.registered_at is not None:
        output.result(f"registered by {record.registered_by}, {when(record.registered_at)}")
    output.result(f"events  {record.events:,}")
    if others:
        output.result(f"the same person  {counted(others, 'other number')}")
    for agreement_id, standing in fields.items():
        text = ", ".join(f"{name}: {in_words(value)}" for name, value in standing.items() if value)
        output.result(f"  {agreement_id}  {text}")


@change_command(
    app,
    "nwd participant merge NWD-SAMP-2B00-2 --into NWD-SAMP-1E00-9 --preview",
    "nwd participant merge NWD-SAMP-2B00-2 --into NWD-SAMP-1E00-9",
    preview=show_preview,
)
def merge(
    number: Number,
    *,
    into: Annotated[PassportNumber, number_option("The number that the person goes on with.")],
) -> LedgerChange:
    """Join two numbers of one person: every tray shows what both are known for under one of them.

    Ask the person first, and look at --preview. It opens nothing. Where they answered differently
    under the two numbers, the narrower holds for both until they are asked again; so does an
    objection. Whatever they say afterwards, of either number, holds for both. Both numbers go on
    working at every door. `unmerge` takes it back, but opens nothing again.
    """
    return Merge(number=number, into=into)


@change_command(app, "nwd participant unmerge NWD-SAMP-2B00-2")
def unmerge(number: Number) -> LedgerChange:
    """Part a number again from the one it was merged into: they are two people after all.

    What was opened while they were joined may have been opened by the other person. Every
    agreement in which anything was is closed for this number, as a whole: also what was granted or
    informed of before the merge. It stays closed until this person is asked. What was closed stays
    closed.
    """
    return Unmerge(number=number)


app.command("duplicates", epilog=DUPLICATES_EXAMPLES)(duplicates)
app.command("distinct", epilog=DISTINCT_EXAMPLES)(distinct)
app.command("weights", epilog=WEIGHTS_EXAMPLES)(weights)


def _demand_known(answer: RegisteredPerson | PossibleMatches) -> None:
    if isinstance(answer, RegisteredPerson) and answer.is_new:
        raise RegisterError(
            "This provider has nobody by that reference, so nobody was registered.",
            "Tell who the person is; or give a number to somebody of whom nothing is told: --new.",
        )


def _report(answer: RegisteredPerson | PossibleMatches, *, as_json: bool) -> None:
    match answer:
        case RegisteredPerson() if as_json:
            fields = {
                "outcome": "registered" if answer.is_new else "known",
                "participant_id": answer.participant_id,
                "doubts": [doubt._asdict() for doubt in answer.doubts],
            }
            output.json_object(fields)
        case RegisteredPerson():
            output.result(answer.participant_id)
            for doubt in answer.doubts:
                output.message(f"{doubt.in_words}.")
            text = "Registered." if answer.is_new else "This provider had that number already."
            if sys.stdout.isatty():
                text += f" For the next commands:  NUMBER={answer.participant_id}"
            output.message(text)
        case PossibleMatches() if as_json:
            output.json_object({"outcome": "possible-match", "reasons": answer.reasons})
        case PossibleMatches():
            # on standard error, or NUMBER=$(nwd participant register ...) would hold it
            output.message(
                f"This may be somebody with a number already: {', '.join(answer.reasons)}."
            )
            output.message("Ask the person. Then run the command again with one of")
            output.message(
                "  --same-as NUMBER   it is the same person, with this number on the card"
            )
            output.message("  --with-consent     they have no card, and agree to be looked up")
            output.message("  --new              it is somebody else")
