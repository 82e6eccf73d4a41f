"""`nwd organisation`: who is on the bus, and what each is given to come to Kafka."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option, Typer, confirm

from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.text.membership import print_joined, print_left, print_plan
from deploy.cli.text.rotation import rotate
from deploy.home.kafka_users import KafkaUsers
from deploy.home.suspended import read_suspended
from deploy.hub import open_hub
from deploy.operations.broker_access import resume, suspend
from deploy.operations.joining import join
from deploy.operations.leaving import leave, plan_leaving
from deploy.operations.organisations import (
    find_organisation,
    read_organisations,
    write_kit,
)
from deploy.settings import find_addresses, read_settings

app = Typer(name="organisation", help="Organisations: what each may do at Kafka.")

Name = Annotated[str, Argument(help="The organisation's id, such as borough-d.")]


@app.command(
    "list", epilog=examples("nwd organisation list", "nwd organisation list --json | jq .id")
)
def list_organisations(*, as_json: AsJson = False) -> None:
    """List the organisations of the files of services and agreements; it needs no bus."""
    found = read_organisations(read_settings())
    if as_json:
        output.json_lines(map(vars, found))
        return
    output.table(
        "Organisations",
        ("organisation", "writes", "reads"),
        ((one.id, one.in_tray or "", ", ".join(one.out_trays)) for one in found),
    )


@app.command(
    "show",
    epilog=examples("nwd organisation show borough-d", "nwd organisation show borough-d --json"),
)
def show_organisation(organisation: Name, *, as_json: AsJson = False) -> None:
    """Show what one organisation may do at Kafka, and whether its password is being rotated.

    It needs no bus.
    """
    settings = read_settings()
    found = find_organisation(settings, organisation)
    is_suspended = found.id in read_suspended(settings.home)
    rotated_since = KafkaUsers.of_home(settings.home).rotated_since(found.id)
    if as_json:
        state = {"is_suspended": is_suspended, "rotated_since": rotated_since}
        output.json_object(vars(found) | state)
        return
    output.result(f"{found.id}{f', {found.name},' if found.name else ''} comes to Kafka as itself.")
    if found.in_tray:
        output.result(f"It alone writes {found.in_tray}.")
    for topic, groups in found.out_trays.items():
        output.result(f"It alone reads {topic}, in consumer groups named {groups}…")
    if is_suspended:
        output.result("It is suspended: Kafka refuses whatever it asks.")
    if rotated_since:
        output.result(
            f"Its password is being rotated since {rotated_since:%Y-%m-%d %H:%M} UTC: the old one"
            " and the new one are taken."
        )


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
        print_joined(joined)


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
            print_plan(plan)
            confirm(f"Remove {organisation}? It cannot be undone.", abort=True, err=True)
        left = leave(hub, plan, timeout)
    if as_json:
        kept = [one._asdict() for one in plan.kept]
        output.json_object({"organisation": organisation, **left._asdict(), "kept": kept})
    else:
        print_left(plan, left, is_managed=hub.addresses.manages_access)
    if not left.is_enforced:
        output.message(
            "The filter has not retracted everything yet. It will, when it runs (`nwd up` or"
            " `nwd run filter`); then run this command again."
        )
        raise Exit(ExitCode.NOT_ENFORCED)


@app.command("kit", epilog=examples("nwd organisation kit borough-d --to borough-d-kit"))
def write_organisation_kit(
    organisation: Name,
    *,
    to: Annotated[Path, Option(help="The folder to write; made where it is not there.")],
    as_json: AsJson = False,
) -> None:
    """Write what an organisation needs to come to Kafka: property files that work as they stand.

    They hold its password. Hand them over as you would a key, and remove them here.
    """
    settings = read_settings()
    found = find_organisation(settings, organisation)
    written = write_kit(settings, find_addresses(settings), found, to)
    if as_json:
        output.json_object({"files": [str(path) for path in written]})
        return
    for path in written:
        output.result(str(path))
    output.message("They hold a password: hand them over as you would a key.")


@app.command(
    "rotate",
    epilog=examples(
        "nwd organisation rotate borough-d",
        "nwd organisation kit borough-d --to borough-d-kit   # the new password, to hand over",
        "nwd organisation rotate borough-d --finish",
    ),
)
def rotate_password(
    organisation: Name,
    *,
    finish: Annotated[bool, Option("--finish", help="End the old password.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give an organisation a new password beside the old one; both are taken until --finish.

    They go by two SASL mechanisms, SCRAM-SHA-512 and SCRAM-SHA-256 in turn: the kit names the one
    of the new password. Its trays and what it may do stay as they are.
    """
    settings = read_settings()
    found = find_organisation(settings, organisation)
    rotate(settings, find_addresses(settings), found.id, finish=finish, as_json=as_json)
    if not finish and not as_json:
        output.message(
            f"`nwd organisation kit {found.id} --to FOLDER` writes the new one. Once it is in use:"
            f" `nwd organisation rotate {found.id} --finish`."
        )


@app.command("suspend", epilog=examples("nwd organisation suspend borough-d"))
def suspend_organisation(organisation: Name, *, as_json: AsJson = False) -> None:
    """Take away all that an organisation may do at Kafka, at once and until it is resumed.

    Its trays, its agreements and its password stay as they are.
    """
    settings = read_settings()
    found = find_organisation(settings, organisation)
    suspend(settings, find_addresses(settings), found.id)
    text = f"{found.id} is suspended: Kafka refuses whatever it asks."
    _say_suspended(found.id, text, is_suspended=True, as_json=as_json)


@app.command("resume", epilog=examples("nwd organisation resume borough-d"))
def resume_organisation(organisation: Name, *, as_json: AsJson = False) -> None:
    """Give a suspended organisation back what it may do at Kafka."""
    settings = read_settings()
    found = find_organisation(settings, organisation)
    resume(settings, find_addresses(settings), found.id)
    text = f"{found.id} may do at Kafka what the table allows."
    _say_suspended(found.id, text, is_suspended=False, as_json=as_json)


def _say_suspended(id_: str, text: str, *, is_suspended: bool, as_json: bool) -> None:
    if as_json:
        output.json_object({"organisation": id_, "is_suspended": is_suspended})
    else:
        output.result(text)
