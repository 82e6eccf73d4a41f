"""`nwd organisation add` and `remove`: who joins the bus, and who leaves it."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option, Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations.joining import Joined, join

app = Typer()


@app.command(
    "add",
    epilog=examples(
        "nwd organisation add charity-x --name 'The Example Trust' --provider",
        "nwd organisation add charity-x --name 'The Example Trust' --provider \\",
        "    --recipient borough-d.support --to charity-x-kit",
    ),
)
def add_organisation(
    organisation: Annotated[
        str, Argument(help="Its id, for good: it names its user and its trays.", metavar="ID")
    ],
    *,
    name: Annotated[str, Option(help="Its name, as participants know it.")],
    provider: Annotated[bool, Option("--provider", help="It publishes events.")] = False,
    recipient: Annotated[
        str | None,
        Option(metavar="AGREEMENT", help="It is to receive, on the terms of this agreement."),
    ] = None,
    to: Annotated[Path | None, Option(help="The folder to write; ID-kit where none is given.")] = (
        None
    ),
    as_json: AsJson = False,
) -> None:
    """Add an organisation: a user at Kafka, its trays, and a folder with what to send to it.

    A recipient gets a tray of its own and the draft of an agreement, for you to review. Nothing is
    shared by the draft: it is once its words for participants are written, it lies in the folder of
    agreements and `nwd init` has entered it. A provider's events count as of a sensitive service
    until the file of services has its own. Cut short, the same command goes on.
    """
    folder = to or Path(f"{organisation}-kit")
    with open_hub() as hub:
        joined = join(hub, organisation, name, folder, is_provider=provider, template=recipient)
    if as_json:
        output.json_object(
            vars(joined.organisation)
            | {
                "service": joined.service,
                "draft": joined.draft and str(joined.draft),
                "files": [str(path) for path in joined.files],
            }
        )
    else:
        _print_joined(joined)


def _print_joined(joined: Joined) -> None:
    found = joined.organisation
    output.result(f"{found.id}, {found.name}, is on the bus.")
    if found.in_tray:
        output.result(f"It alone writes {found.in_tray}.")
        output.message(
            f"Its service {joined.service} counts as sensitive: enter its own in the file of"
            " services, each marked by somebody who knows it, and run `nwd init`."
        )
    for topic, groups in found.out_trays.items():
        output.result(f"It alone reads {topic}, in consumer groups named {groups}…")
    if joined.draft:
        output.result(f"To review: {joined.draft}")
        output.message(
            "Nothing is shared by it. Write `plain`, look at every line, put the file into the"
            " folder of agreements, and run `nwd init`."
        )
    for path in joined.files:
        output.result(f"To send: {path}")
    if joined.files:
        output.message("They hold a password: hand them over as you would a key.")
    else:
        output.message(
            "Who runs the broker makes its user and its rules: `nwd broker acls` prints them."
        )
