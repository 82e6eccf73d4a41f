"""`nwd consent`: what a participant lets be seen, by whom, and until when."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from sqlalchemy import Connection
from typer import BadParameter, Option, Typer

from consent_ledger.agreements.in_force import read_terms
from consent_ledger.consent.access import openings
from consent_ledger.consent.remaining_access import open_without_consent
from consent_ledger.consent.standings import last_words, standings_of
from consent_ledger.register.register import person
from consent_ledger.rights.receipt_document import receipt_document
from consent_ledger.rights.receipts import Receipt, receipts_of
from deploy.cli import output
from deploy.cli.arguments import AgreementId, AsJson, Number
from deploy.cli.carrying_out import EXITS, TIMEOUT, Timeout, carry_out
from deploy.cli.help_text import examples
from deploy.cli.text.access import print_opening
from deploy.hub import Hub, open_hub
from deploy.operations.last_day import end_of_day
from deploy.pages.plain_english import (
    category_words,
    opening_fields,
    still_open_fields,
    still_open_lines,
)
from deploy.pages.receipt import SAID, receipt_page
from deploy.pages.text import when
from schemas.categories import Category

app = Typer(help="What a participant lets be seen, by whom, and until when.")

Categories = Annotated[
    list[Category] | None,
    Option(
        "--category",
        metavar="CATEGORY",
        help="A data category, such as identity; once for each. Without it, all of them.",
    ),
]


@app.command(
    epilog=examples(
        "nwd consent grant NWD-SAMP-1E00-9 borough-d.support",
        "nwd consent grant NWD-SAMP-1E00-9 borough-d.support --category participation"
        " --category identity",
        "nwd consent grant NWD-SAMP-1E00-9 borough-d.support --until 2027-03-31 --except charity-b",
        exits=EXITS,
    )
)
def grant(
    number: Number,
    agreement: AgreementId,
    *,
    category: Categories = None,
    until: Annotated[
        str | None,
        Option(metavar="YYYY-MM-DD", help="The last day on which it holds, by UTC."),
    ] = None,
    left_out: Annotated[
        list[str] | None,
        Option(
            "--except",
            metavar="PROVIDER",
            help="A provider whose knowledge stays closed; once for each.",
        ),
    ] = None,
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Give consent to an agreement, and wait until its tray holds what that opens.

    What was granted before stays granted, with its end and whom it leaves out; --until and
    --except, where they are given, hold for the whole grant. To take an end or an exception away,
    withdraw and grant again.
    """
    last_moment = _end_of(until) if until is not None else None

    def change(hub: Hub, connection: Connection) -> int:
        return hub.consent.grant(
            connection, number, agreement, category, until=last_moment, excluded=left_out or None
        )

    carry_out(change, timeout, as_json=as_json)


@app.command(
    epilog=examples(
        "nwd consent request NWD-SAMP-1E00-9 borough-d.support --category needs",
        "nwd consent request NWD-SAMP-1E00-9 borough-d.support --again   # they want to be asked",
        exits=EXITS,
    )
)
def request(
    number: Number,
    agreement: AgreementId,
    *,
    category: Categories = None,
    is_again: Annotated[
        bool, Option("--again", help="They said no, or have not answered, and want to be asked.")
    ] = False,
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Record that somebody was asked for consent. It opens nothing.

    Their answer is entered by `grant` or `refuse`. Nobody is asked twice by mistake: after a no, or
    while there is no answer, it needs --again.
    """

    def change(hub: Hub, connection: Connection) -> int:
        return hub.consent.request(connection, number, agreement, category, is_again=is_again)

    carry_out(change, timeout, as_json=as_json)


@app.command(
    epilog=examples("nwd consent refuse NWD-SAMP-1E00-9 borough-d.support", exits=EXITS),
)
def refuse(
    number: Number, agreement: AgreementId, *, timeout: Timeout = TIMEOUT, as_json: AsJson = False
) -> None:
    """Record that somebody said no to an agreement. It takes no reason.

    It opens nothing. What they had granted there before is closed, as by a withdrawal.
    """

    def change(hub: Hub, connection: Connection) -> int:
        return hub.consent.refuse(connection, number, agreement)

    carry_out(change, timeout, as_json=as_json)


@app.command(
    epilog=examples(
        "nwd consent withdraw NWD-SAMP-1E00-9 borough-d.support --category health",
        "nwd consent withdraw NWD-SAMP-1E00-9 borough-d.support",
        exits=EXITS,
    )
)
def withdraw(
    number: Number,
    agreement: AgreementId,
    *,
    category: Categories = None,
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Withdraw consent, all of it or some categories, and wait until nothing of it is left.

    It takes no reason. Two times are printed: when it was recorded in the ledger, and when every
    record it closes had been taken from the tray.
    """

    def change(hub: Hub, connection: Connection) -> int:
        return hub.consent.withdraw(connection, number, agreement, category)

    carry_out(change, timeout, as_json=as_json)


@app.command(
    epilog=examples("nwd consent inform NWD-SAMP-1E00-9 jobcentre-e.engagement", exits=EXITS)
)
def inform(
    number: Number, agreement: AgreementId, *, timeout: Timeout = TIMEOUT, as_json: AsJson = False
) -> None:
    """Record that somebody was told of an agreement that does not rest on consent.

    Where an agreement reaches those who are informed, this is what opens it.
    """

    def change(hub: Hub, connection: Connection) -> int:
        return hub.consent.inform(connection, number, agreement)

    carry_out(change, timeout, as_json=as_json)


@app.command(
    name="object",
    epilog=examples(
        "nwd consent object NWD-SAMP-1E00-9 hub.statistics",
        "nwd consent object NWD-SAMP-1E00-9 hub.statistics --end   # reviewed, or taken back",
        exits=EXITS,
    ),
)
def object_to(
    number: Number,
    agreement: AgreementId,
    *,
    is_end: Annotated[
        bool, Option("--end", help="End an objection that was reviewed or taken back.")
    ] = False,
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Object to what an agreement shares on public task: it stops until that is reviewed.

    Consent is withdrawn instead, and a legal obligation cannot be objected to.
    """

    def change(hub: Hub, connection: Connection) -> int:
        act = hub.consent.end_objection if is_end else hub.consent.object
        return act(connection, number, agreement)

    carry_out(change, timeout, as_json=as_json)


@app.command(
    epilog=examples(
        "nwd consent show NWD-SAMP-1E00-9",
        "nwd consent show NWD-SAMP-1E00-9 --json | jq 'select(.categories != {})'",
    )
)
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Show what each organisation may see of a participant, on which basis and until when.

    As JSON: one object for each agreement, those that open nothing included.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        numbers = [one.participant_id for one in person(connection, number)]
        standings = standings_of(connection, numbers)
        last = {one: last_words(connection, one) for one in numbers}
        terms, now = read_terms(connection), hub.clock()
    for one in numbers:
        held = standings.get(one, {})
        if not as_json and len(numbers) > 1:
            output.result(f"What is known under {one}:")
        for each in openings(terms, held, now):
            agreement_id = each.agreement.id
            last_word = last[one].get(agreement_id)
            left = open_without_consent(terms, held, agreement_id, now)
            if as_json:
                fields = {"participant_id": one} | opening_fields(each, last_word)
                left_fields = list(map(still_open_fields, left))
                output.json_object(fields | {"without_consent": left_fields})
            else:
                print_opening(each, last_word, left)


@app.command(
    epilog=examples(
        "nwd consent receipt NWD-SAMP-1E00-9",
        "nwd consent receipt NWD-SAMP-1E00-9 --html receipt.html",
        "nwd consent receipt NWD-SAMP-1E00-9 --agreement borough-d.support --json",
    )
)
def receipt(
    number: Number,
    *,
    agreement: Annotated[
        str | None,
        Option(metavar="AGREEMENT", help="One agreement alone, such as college-c.outcomes."),
    ] = None,
    html: Annotated[
        Path | None,
        Option(
            metavar="FILE",
            dir_okay=False,
            help="Write a page in plain English for the participant; it is overwritten.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give a participant a receipt for each change they made, the newest first.

    As JSON: one consent receipt a line, by ISO/IEC TS 27560. No name stands in a receipt, nor the
    passport number: the person is in it by the ledger's pseudonym.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        who, *others = person(connection, number)
        found = [
            each
            for one in (who, *others)
            for each in receipts_of(connection, one.participant_id, agreement)
        ]
        found.sort(key=lambda each: each.change.seq, reverse=True)
        settings = hub.settings
        now = hub.clock()
    controller = settings.controller
    if html is not None:
        page = receipt_page(who.ledger_id, found, controller, settings.ledger_name, now)
        html.write_text(page, "utf-8")
        output.message(f"Wrote {html}.")
    if as_json:
        output.json_lines(receipt_document(one, controller, settings.ledger_name) for one in found)
    elif html is None:
        _print_receipts(found)


def _print_receipts(found: list[Receipt]) -> None:
    if not found:
        output.result("You have not said anything yet.")
    for one in found:
        output.result(f"{when(one.change.at)}  {one.agreement.recipient_name}")
        output.result(f"  {SAID[one.change.kind]} Entry {one.change.seq} of the ledger.")
        if one.change.granted:
            words = "; ".join(category_words(one.agreement, each) for each in one.change.granted)
            output.result(f"  You say yes to: {words}.")
        for each in one.change.still_open:
            output.result(f"  After that, by {each.agreement.id}, they still saw:")
            for line in still_open_lines(each):
                output.result(f"    {line}")


def _end_of(day: str) -> datetime:
    try:
        return end_of_day(day)
    except ValueError:
        raise BadParameter("--until is a day, such as 2027-03-31.") from None
