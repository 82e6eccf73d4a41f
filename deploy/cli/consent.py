"""`nwd consent`: what a participant lets be seen, by whom, and until when."""

from datetime import datetime
from typing import Annotated

from typer import BadParameter, Option, Typer

from consent_ledger.consent.changes import (
    ALL,
    Categories,
    Grant,
    Narrowing,
    Notice,
    Objection,
    ObjectionEnd,
    Refusal,
    Renewal,
    Request,
    Withdrawal,
)
from consent_ledger.consent.last_day import end_of_day
from consent_ledger.register.subjects import person
from consent_ledger.rights.receipt_document import receipt_document
from consent_ledger.rights.receipts import Receipt, receipts_of
from deploy.cli import output
from deploy.cli.arguments import AgreementId, AgreementName, AsJson, Number, OutputFile, ProviderId
from deploy.cli.changes import EXITS, TIMEOUT, Timeout, enter
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
    Option(
        "--category",
        metavar="CATEGORY",
        help="A data category, such as identity; once for each.",
    ),
]
IsAll = Annotated[
    bool, Option("--all", help="Everything that the agreement asks consent for, by their word.")
]
LastDay = Annotated[
    str | None,
    Option("--until", metavar="YYYY-MM-DD", help="The last day on which it holds, by UTC."),
]


@app.command(
    epilog=examples(
        "nwd consent grant NWD-SAMP-1E00-9 borough-d.support --category participation"
        " --category identity",
        "nwd consent grant NWD-SAMP-1E00-9 borough-d.support --all",
        "nwd consent grant NWD-SAMP-1E00-9 borough-d.support --all --until 2027-03-31"
        " --except charity-b",
        exits=EXITS,
    )
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
        Option(
            "--except",
            parser=ProviderId,
            metavar="PROVIDER",
            help="A provider whose knowledge stays closed; once for each.",
        ),
    ] = None,
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Give consent to an agreement, and wait until its tray holds what that opens.

    Name each category that they consent to, or say --all. What was granted before stays granted,
    with its end and its exceptions; --until and --except, where they are given, hold for the whole
    grant. To take an end or an exception away, withdraw and grant again.
    """
    change = Grant(
        number=number,
        agreement=agreement,
        categories=_categories(category, is_all=is_all),
        until=_end_of(until),
        excluded=frozenset(excluded) if excluded else None,
    )
    enter(change, timeout, as_json=as_json)


@app.command(
    epilog=examples(
        "nwd consent renew NWD-SAMP-1E00-9 borough-d.support --until 2028-03-31",
        exits=EXITS,
    )
)
def renew(
    number: Number,
    agreement: AgreementName,
    *,
    until: LastDay = None,
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Renew what was granted, until another day, or without an end where none is given.

    A grant that has run out cannot be renewed: consent is given again.
    """
    change = Renewal(number=number, agreement=agreement, until=_end_of(until))
    enter(change, timeout, as_json=as_json)


@app.command(
    epilog=examples(
        "nwd consent request NWD-SAMP-1E00-9 borough-d.support --category needs",
        "nwd consent request NWD-SAMP-1E00-9 borough-d.support --all --again   # they ask for it",
        exits=EXITS,
    )
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
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Record that a participant was asked for consent. It opens nothing.

    Their answer is entered by `grant` or `refuse`. Nobody is asked twice by mistake: after a no, or
    while there is no answer, it needs --again.
    """
    change = Request(
        number=number,
        agreement=agreement,
        categories=_categories(category, is_all=is_all),
        again=is_again,
    )
    enter(change, timeout, as_json=as_json)


@app.command(
    epilog=examples("nwd consent refuse NWD-SAMP-1E00-9 borough-d.support", exits=EXITS),
)
def refuse(
    number: Number, agreement: AgreementName, *, timeout: Timeout = TIMEOUT, as_json: AsJson = False
) -> None:
    """Record that a participant said no to an agreement. It takes no reason.

    It opens nothing. What they had granted there before is closed, as by a withdrawal.
    """
    enter(Refusal(number=number, agreement=agreement), timeout, as_json=as_json)


@app.command(
    epilog=examples(
        "nwd consent withdraw NWD-SAMP-1E00-9 borough-d.support --category health",
        "nwd consent withdraw NWD-SAMP-1E00-9 borough-d.support",
        exits=EXITS,
    )
)
def withdraw(
    number: Number,
    agreement: AgreementName,
    *,
    category: NamedCategories = None,
    timeout: Timeout = TIMEOUT,
    as_json: AsJson = False,
) -> None:
    """Withdraw consent, all of it or some categories, and wait until nothing of it is left.

    It takes no reason. Two times are printed: when it was recorded in the ledger, and when every
    record it closes had been taken from the tray.
    """
    change = (
        Narrowing(number=number, agreement=agreement, categories=frozenset(category))
        if category
        else Withdrawal(number=number, agreement=agreement)
    )
    enter(change, timeout, as_json=as_json)


@app.command(
    epilog=examples("nwd consent inform NWD-SAMP-1E00-9 jobcentre-e.engagement", exits=EXITS)
)
def inform(
    number: Number, agreement: AgreementName, *, timeout: Timeout = TIMEOUT, as_json: AsJson = False
) -> None:
    """Record that a participant was informed of an agreement that does not rest on consent.

    Where an agreement reaches those who are informed, this is what opens it.
    """
    enter(Notice(number=number, agreement=agreement), timeout, as_json=as_json)


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
    agreement: AgreementName,
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
    kind = ObjectionEnd if is_end else Objection
    enter(kind(number=number, agreement=agreement), timeout, as_json=as_json)


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
        AgreementId | None,
        Option(
            metavar="AGREEMENT",
            help="One agreement alone, such as college-c.outcomes.",
            parser=AgreementId,
        ),
    ] = None,
    file: OutputFile = None,
    as_json: AsJson = False,
) -> None:
    """Give a participant a receipt for each change they made, the newest first.

    In a file it is a page in plain English. As JSON: one consent receipt a line, by ISO/IEC TS
    27560. No name stands in a receipt, nor the passport number: the person is in it by the ledger's
    pseudonym.
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
    if not as_json and file is None:
        _print_receipts(found)
        return
    documents = (receipt_document(one, controller, settings.ledger_name) for one in found)
    if file is None:
        output.json_lines(documents)
    elif as_json:
        output.new_file(file, "".join(output.json_text(one) + "\n" for one in documents))
    else:
        page = receipt_page(who.ledger_id, found, controller, settings.ledger_name, now)
        output.new_file(file, page)


def _print_receipts(found: list[Receipt]) -> None:
    if not found:
        output.result("You have not said anything yet.")
    for one in found:
        output.result(f"{when(one.change.at)}  {one.agreement.recipient_name}")
        output.result(f"  {CHANGE_WORDS[one.change.kind]} Entry {one.change.seq} of the ledger.")
        if one.change.granted:
            words = "; ".join(category_words(one.agreement, each) for each in one.change.granted)
            output.result(f"  You say yes to: {words}.")
        for each in one.change.still_open:
            output.result(f"  After that, by {each.agreement.id}, they still saw:")
            for line in remaining_lines(each):
                output.result(f"    {line}")


def _categories(named: list[Category] | None, *, is_all: bool) -> Categories:
    if is_all and named:
        raise BadParameter("--all already names every category: give the one or the other.")
    if not is_all and not named:
        raise BadParameter(
            "Name what they consent to: --category for each, or --all for everything that the"
            " agreement asks. Nothing is granted by leaving it out."
        )
    return ALL if named is None or is_all else frozenset(named)


def _end_of(day: str | None) -> datetime | None:
    if day is None:
        return None
    try:
        return end_of_day(day)
    except ValueError as error:
        raise BadParameter(str(error), param_hint="--until") from None
