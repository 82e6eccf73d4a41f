"""`nwd agreements`: the reviewed files, in words, before and after they are entered."""

from typing import Annotated

import yaml
from typer import Argument, Option, Typer

from consent_ledger.agreements.agreement import Agreement, AgreementError, load_agreements
from consent_ledger.consent.new_terms import body_of
from deploy.cli import output
from deploy.cli.arguments import AgreementId, AsJson
from deploy.cli.help_text import examples
from deploy.cli.text.agreement import print_agreement, print_risk, release_words, risk_fields
from deploy.home.memberships import removed
from deploy.hub import open_hub
from deploy.operations.agreement_risk import measure_risk
from deploy.operations.asyncapi import asyncapi_document
from deploy.settings import Settings

app = Typer(name="agreements", help="Agreements: who is to see what, field by field.")


@app.command(
    epilog=examples(
        "nwd agreements show",
        "nwd agreements show hub.statistics",
        "nwd agreements show hub.statistics --json | jq .fields",
    )
)
def show(
    agreement: Annotated[
        str | None, Argument(help="One agreement's id; all of them where none is given.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the agreements' files as a reviewer reads them: categories, bases, fields, forms.

    It needs no bus. Every file is checked first, and all of them together: one organisation reads
    a tray with names or one with pseudonyms of the same people, unless the file says why.
    """
    settings = Settings()
    shown = _loaded(settings, agreement)
    if as_json:
        output.json_lines(map(body_of, shown))
        return
    gone = removed(settings.home)
    for found in shown:
        print_agreement(found)
        if found.reader in gone:
            output.result("  ended on this bus: its reader was removed, nothing is shared by it")


@app.command(
    epilog=examples(
        "nwd agreements asyncapi borough-d.support",
        "nwd agreements asyncapi borough-d.support --json > asyncapi.json",
    )
)
def asyncapi(
    agreement: Annotated[str, Argument(help="The agreement's id.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print an agreement's tray as an AsyncAPI 3 document, for the tools of its recipient.

    It is YAML unless JSON is asked for, needs no bus, and holds no address and no secret.
    """
    settings = Settings()
    (found,) = _loaded(settings, agreement)
    document = asyncapi_document(found, settings.partitions)
    if as_json:
        output.json_object(document)
    else:
        output.verbatim(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


@app.command("list", epilog=examples("nwd agreements list", "nwd agreements list --json | jq .id"))
def list_agreements(*, as_json: AsJson = False) -> None:
    """List the agreements' files: who receives what under which kind of name, and how soon.

    It needs no bus. Of a reader who was removed from this home's bus it says so.
    """
    settings = Settings()
    loaded = load_agreements(settings.agreements)
    gone = removed(settings.home)
    if as_json:
        output.json_lines(
            {
                "id": found.id,
                "version": found.version,
                "recipient_name": found.recipient_name,
                "pseudonym": found.pseudonym,
                "release_every": found.release_every,
                "is_ended": found.reader in gone,
            }
            for found in loaded
        )
        return
    output.table(
        "Agreements",
        ("agreement", "version", "recipient", "names", "what is new comes"),
        (
            (
                found.id,
                found.version,
                found.recipient_name,
                f"a pseudonym of each {found.pseudonym}" if found.pseudonym else "passport number",
                "nothing: removed" if found.reader in gone else release_words(found),
            )
            for found in loaded
        ),
    )


@app.command(
    epilog=examples(
        "nwd agreements risk research.outcomes",
        "nwd agreements risk research.outcomes --with passport.coordination",
        "nwd agreements risk hub.statistics --json | jq .alike",
    )
)
def risk(
    agreement: Annotated[
        AgreementId,
        Argument(metavar="AGREEMENT", help="A pseudonymous agreement that is in the ledger."),
    ],
    *,
    other: Annotated[
        AgreementId | None,
        Option(
            "--with",
            metavar="AGREEMENT",
            parser=AgreementId,
            help="The tray it is joined with; each one with names where none is given.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure on this bus how many people could be found again in a pseudonymous tray.

    How many are alone by what is shown of them; and of how many somebody who reads a named tray as
    well could say who they are, by each way we know, and be right. Counts only, never who. It reads
    the trays and the journal, as an audit does: on a large bus it takes its time.
    """
    with open_hub() as hub, output.progress() as advance:
        found = measure_risk(hub, agreement, other, lambda task, done: advance(task, done, None))
    if as_json:
        output.json_object(risk_fields(found))
    else:
        print_risk(found)


def _loaded(settings: Settings, agreement: str | None) -> list[Agreement]:
    """Return the agreements' files, or one of them."""
    loaded = {found.id: found for found in load_agreements(settings.agreements)}
    if agreement is not None and agreement not in loaded:
        raise AgreementError(
            f"There is no agreement {agreement}.", f"There are: {', '.join(loaded)}."
        )
    return [found for name, found in loaded.items() if agreement in {None, name}]
