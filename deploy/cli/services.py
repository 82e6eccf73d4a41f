"""`nwd services`: the service directory, imported, searched, kept up to date."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option, Typer

from deploy.cli import output
from deploy.cli.arguments import AsJson, ProviderId, provider_option
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.cli.text.services import (
    import_fields,
    print_import,
    print_listing,
    print_listings,
    refused_count,
)
from deploy.directory.listing import ListingKind
from deploy.directory.look_up import HeldListing, ServiceSearch
from deploy.directory.marks import Capacity, ListingMark
from deploy.directory.oruk import EXAMPLE
from deploy.hub import open_hub
from deploy.operations.directory import (
    ask_to_confirm,
    every_listing,
    find_listing,
    import_services,
    join_listing,
    remove_from_directory,
    search_directory,
    set_capacity,
)
from deploy.pages.service_fields import shown
from deploy.pages.text import counted
from schemas.identifiers import ServiceId

app = Typer(name="services", help="The service directory: what there is, what has room.")

ListingName = Annotated[
    str,
    Argument(
        metavar="LISTING", help="Its id, or the bus's service that it describes: borough-d.jobs."
    ),
]


@app.command(epilog=examples("nwd services example > services.json"))
def example() -> None:
    """Print a file of a service and a vacancy, to start from."""
    output.verbatim(EXAMPLE.read_text("utf-8"))


@app.command(
    "import",
    epilog=examples(
        "nwd services import services.json --provider charity-b --dry-run",
        "nwd services import services.json --provider charity-b",
    ),
)
def import_file(
    file: Annotated[
        Path,
        Argument(metavar="FILE", exists=True, dir_okay=False, help="JSON of Open Referral UK 3.0."),
    ],
    *,
    provider: Annotated[ProviderId, provider_option("Whose services these are.")],
    dry_run: Annotated[
        bool, Option("--dry-run", help="Do all of it, show what it did, and take it back.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a provider's services into the directory, from JSON of Open Referral UK.

    A service whose values do not have their form is set aside, by its place in the file; the others
    are taken, and the command ends with 1. What a file leaves out stays. Nothing of it opens
    anything: a service counts on the bus once the file of services marks it, by hand.
    """
    with open_hub() as hub:
        done = import_services(hub, provider, file.read_bytes(), is_dry_run=dry_run)
    if as_json:
        output.json_object(import_fields(done, is_dry_run=dry_run))
    else:
        print_import(done, is_dry_run=dry_run)
    if refused_count(done):
        raise Exit(ExitCode.FAILED)


@app.command("list", epilog=examples("nwd services list", "nwd services list --json | jq .name"))
def list_all(*, as_json: AsJson = False) -> None:
    """List all that the directory holds, and how much of it nobody has confirmed for 90 days."""
    with open_hub() as hub:
        found = every_listing(hub)
    _print("Listings", found, as_json=as_json)
    stale = sum(ListingMark.STALE in held.marks for held in found)
    output.message(f"{counted(len(found), 'listing')}, {stale:,} of them stale")


@app.command(epilog=examples("nwd services show borough-d.jobs"))
def show(name: ListingName, *, as_json: AsJson = False) -> None:
    """Show all that the directory says of a service or opportunity."""
    with open_hub() as hub:
        held = find_listing(hub, name)
    _print_one(held, as_json=as_json)


@app.command(
    epilog=examples(
        "nwd services search --need debt --borough Camden",
        "nwd services search --language Somali --access online --json",
    )
)
def search(
    *,
    need: Annotated[str | None, Option(metavar="WORDS", help="What help is looked for.")] = None,
    borough: Annotated[
        str | None, Option(metavar="AREA", help="Also finds what names no area.")
    ] = None,
    language: Annotated[
        str | None, Option(metavar="LANGUAGE", help="In which it is given.")
    ] = None,
    access: Annotated[
        str | None, Option(metavar="WORDS", help="How one gets in: wheelchair, online.")
    ] = None,
    kind: Annotated[ListingKind | None, Option(help="Of this kind only.")] = None,
    page: Annotated[int, Option(min=1, help="Twenty listings are a page.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Search the directory, as the public page does; what is closed, full or stale comes last."""
    wanted = ServiceSearch(need=need, borough=borough, language=language, access=access, kind=kind)
    with open_hub() as hub:
        found = search_directory(hub, wanted, page)
    _print(f"{counted(found.total, 'listing')} found", found.listings, as_json=as_json)


@app.command(
    epilog=examples("nwd services join ac148810-d857-441c-9679-408f346de14b borough-d.jobs")
)
def join(
    name: ListingName,
    service: Annotated[str, Argument(metavar="SERVICE", help="The bus's service: borough-d.jobs.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say which of the bus's services a listing describes: referrals to it are warned about then.

    The service must be in the file of services, which says whether it is sensitive.
    """
    with open_hub() as hub:
        held = join_listing(hub, name, ServiceId(service))
    _print_one(held, as_json=as_json)


@app.command(epilog=examples("nwd services capacity borough-d.jobs waiting-list"))
def capacity(
    name: ListingName,
    room: Annotated[Capacity, Argument(metavar="ROOM", help="yes, no, waiting-list or ask-us.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say whether a service has room, as its organisation told you today: that confirms it."""
    with open_hub() as hub:
        held = set_capacity(hub, find_listing(hub, name), room, by="operator")
    _print_one(held, as_json=as_json)


@app.command(epilog=examples("nwd services ask", "nwd services ask --json | ./send-mails"))
def ask(*, as_json: AsJson = False) -> None:
    """Make a link for each stale listing, by which its organisation confirms it without signing in.

    Send each to the address beside it. A link is for one listing, holds for 14 days and works once;
    those that were made before open nothing any more. Whoever has it can use it: pass it on sealed.
    """
    with open_hub() as hub:
        asked = ask_to_confirm(hub)
    if as_json:
        output.json_lines(
            {
                "id": str(each.held.listing.id),
                "name": each.held.listing.name,
                "organisation": each.held.listing.organisation,
                "email": each.held.listing.email,
                "link": each.address,
            }
            for each in asked
        )
        return
    output.table(
        "To be confirmed",
        ("name", "e-mail", "link"),
        ((each.held.listing.name, each.held.listing.email, each.address) for each in asked),
    )


@app.command(epilog=examples("nwd services remove ac148810-d857-441c-9679-408f346de14b"))
def remove(name: ListingName, *, as_json: AsJson = False) -> None:
    """Take a listing out of the directory."""
    with open_hub() as hub:
        held = remove_from_directory(hub, name)
    if as_json:
        output.json_object({"removed": str(held.listing.id), "name": held.listing.name})
    else:
        output.result(f"{held.listing.name} ({held.listing.id}) is removed.")


def _print(title: str, listings: list[HeldListing], *, as_json: bool) -> None:
    if as_json:
        output.json_lines(shown(held).model_dump(mode="json") for held in listings)
    else:
        print_listings(title, listings)


def _print_one(held: HeldListing, *, as_json: bool) -> None:
    if as_json:
        output.json_object(shown(held))
    else:
        print_listing(held)
