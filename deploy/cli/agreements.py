"""`nwd agreements`: the reviewed files, in words, before and after they are entered."""

from typing import Annotated

from typer import Argument, Typer

from consent_ledger.agreements.agreement import AgreementError, load_agreements
from consent_ledger.consent.new_terms import body_of
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.cli.text.agreement import print_agreement
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
    loaded = {one.id: one for one in load_agreements(Settings().agreements)}
    if agreement is not None and agreement not in loaded:
        raise AgreementError(
            f"There is no agreement {agreement}.", f"There are: {', '.join(loaded)}."
        )
    shown = [found for name, found in loaded.items() if agreement in {None, name}]
    if as_json:
        output.json_lines(map(body_of, shown))
    else:
        for found in shown:
            print_agreement(found)
