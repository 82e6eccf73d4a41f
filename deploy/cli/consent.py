"""`nwd consent`: what a participant lets be seen, by whom, and until when."""

from datetime import datetime
from typing import Annotated

from typer import BadParameter, Option, Typer

from consent_ledger.consent import changes
from consent_ledger.consent.last_day import end_of_day
from consent_ledger.register.passport_numbers import person
from consent_ledger.rights.receipt_document import receipt_document
from consent_ledger.rights.receipts import Receipt, receipts_of
from deploy.cli import output
from deploy.cli.arguments import (
    AgreementId,
    AgreementName,
    AsJson,
    Number,
    OutputFile,
    ProviderId,
    agreement_option,
    provider_option,
)
from deploy.cli.changes import change_command
from deploy.cli.help_text import examples
from deploy.cli.text.access import print_access
from deploy.hub import open_hub
from deploy.operations.access import access_of
from deploy.pages.consent_fields import access_fields
from deploy.pages.plain_english import CHANGE_WORDS, category_words, remaining_lines
from deploy.pages.receipt import receipt_page
from deploy.pages.text import when
from schemas.categories import Category

app = Typer(name="consent", help="What a participant lets be seen, by whom, and until when.")

NamedCategories = Annotated[
    list[Category] | None,
    Option("--category", metavar="CATEGORY", help="A data category, such as identity; repeatable."),
]
IsAll = Annotated[
    bool, Option("--all", help="Everything that the agreement asks consent for, by their word.")
]
LastDay = Annotated[
    str | None,
    Option("--until", metavar="YYYY-MM-DD", help="The last day on which it holds, by UTC."),
]


@change_command(
    app,
    "nwd consent grant NWD-SAMP-1E00-9 borough-d.support --category participation"
    " --category identity",
    "nwd consent grant NWD-SAMP-1E00-9 borough-d.support --all",
    "nwd consent grant NWD-SAMP-1E00-9 borough-d.support --all --until 2027-03-31"
    " --except charity-b",
)
def grant(
    number: Number,
    agreement: AgreementName,
    *,
    category: NamedCategories = None,
    is_all: IsAll = False,
    until: LastDay = None,
    excluded: Annotated[
        list[ProviderId] | None,
        provider_option("A provider whose knowledge stays closed; once for each.", "--except"),
    ] = None,
) -> changes.LedgerChange:
    """Give consent to an agreement, and wait until its tray holds what that opens.

    Name each category that they consent to, or say --all. What was granted before stays granted,
    with its end and its exceptions; --until and --except, where they are given, hold for the whole
    grant. To take an end or an exception away, withdraw and grant again.
    """
    return changes.Grant(
        number=number,
        agreement=agreement,
        categories=_categories(category, is_all=is_all),
        until=_end_of(until),
        excluded=frozenset(excluded) if excluded else None,
    )


@change_command(app, "nwd consent renew NWD-SAMP-1E00-9 borough-d.support --until 2028-03-31")
def renew(
    number: Number, agreement: AgreementName, *, until: LastDay = None
) -> changes.LedgerChange:
    """Renew what was granted, until another day, or without an end where none is given.

    A grant that has run out cannot be renewed: consent is given again.
    """
    return changes.Renewal(number=number, agreement=agreement, until=_end_of(until))


@change_command(
    app,
    "nwd consent request NWD-SAMP-1E00-9 borough-d.support --category needs",
    "nwd consent request NWD-SAMP-1E00-9 borough-d.support --all --again   # they ask for it",
)
def request(
    number: Number,
    agreement: AgreementName,
    *,
    category: NamedCategories = None,
    is_all: IsAll = False,
    is_again: Annotated[
        bool, Option("--again", help="They said no, or have not answered, and want to be asked.")
    ] = False,
) -> changes.LedgerChange:
    """Record that a participant was asked for consent. It opens nothing.

    Their answer is entered by `grant` or `refuse`. Nobody is asked twice by mistake: after a no, or
    while there is no answer, it needs --again.
    """
    named = _categories(category, is_all=is_all)
    return changes.Request(number=number, agreement=agreement, categories=named, again=is_again)


@change_command(app, "nwd consent refuse NWD-SAMP-1E00-9 borough-d.support")
def refuse(number: Number, agreement: AgreementName) -> changes.LedgerChange:
    """Record that a participant said no to an agreement. It takes no reason.

    It opens nothing. What they had granted there before is closed, as by a withdrawal.
    """
    return changes.Refusal(number=number, agreement=agreement)


@change_command(
    app,
    "nwd consent withdraw NWD-SAMP-1E00-9 borough-d.support --category health",
    "nwd consent withdraw NWD-SAMP-1E00-9 borough-d.support",
)
def withdraw(
    number: Number, agreement: AgreementName, *, category: NamedCategories = None
) -> changes.LedgerChange:
    """Withdraw consent, all of it or some categories, and wait until nothing of it is left.

    It takes no reason. Two times are printed: when it was recorded in the ledger, and when every
    record it closes had been taken from the tray.
    """
    if not category:
        return changes.Withdrawal(number=number, agreement=agreement)
    named = frozenset(category)
    return changes.Narrowing(number=number, agreement=agreement, categories=named)


@change_command(app, "nwd consent inform NWD-SAMP-1E00-9 jobcentre-e.engagement")
def inform(number: Number, agreement: AgreementName) -> changes.LedgerChange:
    """Record that a participant was informed of an agreement that does not rest on consent.

    Where an agreement reaches those who are informed, this is what opens it.
    """
    return changes.Notice(number=number, agreement=agreement)


@change_command(
    app,
    "nwd consent object NWD-SAMP-1E00-9 hub.statistics",
    "nwd consent object NWD-SAMP-1E00-9 hub.statistics --end   # reviewed, or taken back",
    name="object",
)
def object_to(
    number: Number,
    agreement: AgreementName,
    *,
    is_end: Annotated[
        bool, Option("--end", help="End an objection that was reviewed or taken back.")
    ] = False,
) -> changes.LedgerChange:
    """Object to what an agreement shares on public task: it stops until that is reviewed.

    Consent is withdrawn instead, and a legal obligation cannot be objected to.
    """
    kind = changes.ObjectionEnd if is_end else changes.Objection
    return kind(number=number, agreement=agreement)


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
    with open_hub() as hub:
        held = access_of(hub, number)
    if as_json:
        output.json_lines(map(access_fields, held))
    else:
        print_access(held)


@app.command(
    epilog=examples(
        "nwd consent receipt NWD-SAMP-1E00-9",
        "nwd consent receipt NWD-SAMP-1E00-9 -o receipt.html",
        "nwd consent receipt NWD-SAMP-1E00-9 --agreement borough-d.support --json",
    )
)
def receipt(
    number: Number,
    *,
    agreement: Annotated[
        AgreementId | None, agreement_option("Only this agreement, such as college-c.outcomes.")
    ] = None,
    file: OutputFile = None,
    as_json: AsJson = False,
) -> None:
    """Give a participant a receipt for each change they made, the newest first.

    In a file it is a page in plain English. As JSON: one consent receipt a line, by ISO/IEC TS
    27560. A receipt holds no name and no passport number: it names the person by the ledger's
    pseudonym.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        who, *others = person(connection, number)
        receipts = [
            receipt
            for subject in (who, *others)
            for receipt in receipts_of(connection, subject.participant_id, agreement)
        ]
        receipts.sort(key=lambda receipt: receipt.change.seq, reverse=True)
        controller, ledger, now = hub.settings.controller, hub.settings.ledger_name, hub.clock()
    documents = (receipt_document(receipt, controller, ledger) for receipt in receipts)
    if as_json and file is None:
        output.json_lines(documents)
    elif file is None:
        _print_receipts(receipts)
    elif as_json:
        output.new_file(file, "".join(output.json_text(one) + "\n" for one in documents))
    else:
        output.new_file(file, receipt_page(who.ledger_id, receipts, controller, ledger, now))


def _print_receipts(receipts: list[Receipt]) -> None:
    if not receipts:
        output.result("You have not said anything yet.")
    for agreement, change in ((receipt.agreement, receipt.change) for receipt in receipts):
        output.result(f"{when(change.at)}  {agreement.recipient_name}")
        output.result(f"  {CHANGE_WORDS[change.kind]} Entry {change.seq} of the ledger.")
        if change.granted:
            words = "; ".join(category_words(agreement, category) for category in change.granted)
            output.result(f"  You say yes to: {words}.")
        for left in change.still_open:
            output.result(f"  After that, by {left.agreement.id}, they still saw:")
            for line in remaining_lines(left):
                output.result(f"    {line}")


def _categories(named: list[Category] | None, *, is_all: bool) -> changes.Categories:
    if is_all and named:
        raise BadParameter("--all already names every category: give the one or the other.")
    if not is_all and not named:
        raise BadParameter(
            "Name what they consent to: --category for each, or --all for everything that the"
            " agreement asks. Nothing is granted by leaving it out."
        )
    return changes.ALL if named is None or is_all else frozenset(named)


def _end_of(day: str | None) -> datetime | None:
    if day is None:
        return None
    try:
        return end_of_day(day)
    except ValueError as error:
        raise BadParameter(str(error), param_hint="--until") from None
