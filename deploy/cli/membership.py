"""`nwd organisation add` and `remove`: who joins the bus, and who leaves it."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option, Typer, confirm

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations.joining import Joined, join
from deploy.operations.leaving import LeavingPlan, Left, leave, plan_leaving
from deploy.pages.text import counted

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


@app.command(
    "remove",
    epilog=examples(
        "nwd organisation remove charity-x",
        "nwd organisation remove charity-x --yes --json",
        exits=(ExitCode.NOT_ENFORCED,),
    ),
)
def remove_organisation(
    organisation: Annotated[
        str, Argument(help="The organisation's id, such as borough-d.", metavar="ID")
    ],
    *,
    is_yes: Annotated[bool, Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    timeout: Annotated[
        float, Option(min=0, metavar="SECONDS", help="Seconds to wait for the filter.")
    ] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Remove an organisation for good: what it reads ends and is retracted, and it logs in no more.

    At Kafka it is refused at once, so it reads none of the deletions: end its agreements first, by
    a version with `ended: true`, where it should. What is kept, and why, is said before and after.
    Cut short anywhere, nothing opens again, and the same command goes on.
    """
    with open_hub() as hub:
        plan = plan_leaving(hub, organisation)
        if not is_yes:
            _print_plan(plan)
            confirm(f"Remove {organisation}? It cannot be undone.", abort=True, err=True)
        left = leave(hub, plan, timeout)
    if as_json:
        kept = [one._asdict() for one in plan.kept]
        output.json_object({"organisation": organisation, **left._asdict(), "kept": kept})
    else:
        _print_left(plan, left, is_managed=hub.addresses.manages_access)
    if not left.is_enforced:
        output.message(
            "The filter has not retracted everything yet. It will, when it runs (`nwd up` or"
            " `nwd run filter`); then run this command again."
        )
        raise Exit(ExitCode.NOT_ENFORCED)


def _print_plan(plan: LeavingPlan) -> None:
    for agreement in plan.agreements:
        output.message(f"The agreement {agreement} ends: all that it shows is retracted.")
    for key in plan.api_keys:
        output.message(f"The API key {key} is revoked.")
    output.message("Its user and its rules at Kafka go. What is kept:")
    for kept in plan.kept:
        output.message(f"  {kept.what}, until {kept.until}: {kept.why}.")


def _print_left(plan: LeavingPlan, left: Left, *, is_managed: bool) -> None:
    gone = plan.membership.id
    if is_managed:
        output.result(f"{gone} may do nothing at Kafka, and has no password there.")
    else:
        output.message(f"Who runs the broker takes the user {gone} and its rules away.")
    for key in left.api_keys:
        output.result(f"Revoked the API key {key}.")
    for agreement in left.agreements:
        output.result(f"Ended the agreement {agreement}.")
    if left.is_enforced:
        output.result(f"Retracted {counted(left.tombstones, 'record')}. {gone} has left the bus.")
    output.table("Kept", ("what", "until", "why"), plan.kept)
    if left.named_still:
        output.message(
            f"The files of services or agreements still name {gone}. It counts no more: mend them."
        )


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
