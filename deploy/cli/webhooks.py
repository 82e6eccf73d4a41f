"""`nwd webhook`: where recipients are told that their tray has something new."""

from typing import Annotated, Any

from typer import Argument, Option, Typer

from consumers.webhooks.endpoints import Endpoint
from deploy.cli import output
from deploy.cli.arguments import AgreementName, AsJson
from deploy.cli.help_text import examples
from deploy.hub import Hub, open_hub
from deploy.operations import webhooks
from deploy.operations.inbox import Inbox

app = Typer(name="webhook", help="Webhooks: recipients are told of what is new in their tray.")

Name = Annotated[
    str, Argument(metavar="WEBHOOK", help="The webhook, as `nwd webhook list` names it.")
]


@app.command(epilog=examples("nwd webhook add borough-d.support https://crm.borough.example/nwd"))
def add(
    agreement: AgreementName,
    url: Annotated[str, Argument(metavar="URL", help="Where to call: https, and a public host.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Add a webhook for the reader of a tray, and show the key that its calls are checked with.

    A call says that the tray has something new, and nothing of it: whoever is called reads on with
    its API key. Calls are signed as Standard Webhooks says (v1a); the key is public.
    """
    with open_hub() as hub:
        inbox = Inbox(hub)
        added = webhooks.add_webhook(hub, inbox, agreement, url)
        inbox.close()
        _show(hub, added, f"{added.id} tells {added.organisation} of {agreement}.", as_json=as_json)


@app.command("list", epilog=examples("nwd webhook list", "nwd webhook list --json | jq .attempts"))
def list_webhooks(*, as_json: AsJson = False) -> None:
    """List the webhooks, and which of them fail: since when, and how often they were tried."""
    with open_hub() as hub:
        found = webhooks.list_webhooks(hub)
        if as_json:
            output.json_lines(_fields(hub, of) for of in found)
            return
    output.table(
        "Webhooks",
        ("webhook", "agreement", "address", "failing since", "attempts", "next"),
        (
            (of.id, of.agreement_id, of.url, of.pending_since, of.attempts, of.next_try_at)
            for of in found
        ),
    )


@app.command(epilog=examples("nwd webhook log wh-5f0c31a7", "nwd webhook log wh-5f0c31a7 --json"))
def log(webhook: Name, *, as_json: AsJson = False) -> None:
    """List the last calls of a webhook, the newest first. Calls are kept for thirty days."""
    with open_hub() as hub:
        calls = webhooks.calls_of(hub, webhook)
    if as_json:
        output.json_lines(call._asdict() for call in calls)
        return
    columns = ("at", "message", "status", "problem")
    output.table(f"Calls of {webhook}", columns, calls)


@app.command(epilog=examples("nwd webhook retry wh-5f0c31a7"))
def retry(webhook: Name, *, as_json: AsJson = False) -> None:
    """Call a webhook that failed at once, in place of waiting for its next attempt.

    It has lost nothing: one call tells it of all that is new, retractions too.
    """
    with open_hub() as hub:
        found = webhooks.retry_webhook(hub, webhook)
        _show(hub, found, f"{found.id} is called within a second.", as_json=as_json)


@app.command(
    epilog=examples("nwd webhook rotate wh-5f0c31a7", "nwd webhook rotate wh-5f0c31a7 --finish")
)
def rotate(
    webhook: Name,
    *,
    finish: Annotated[
        bool, Option("--finish", help="Let the old key sign no more: the new one is in use.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let a second key sign beside the one that does; with --finish the new one alone."""
    with open_hub() as hub:
        found = webhooks.rotate_webhook(hub, webhook, is_finished=finish)
        _show(hub, found, f"{found.id} is signed by {len(found.key_numbers)}.", as_json=as_json)


@app.command(epilog=examples("nwd webhook remove wh-5f0c31a7"))
def remove(webhook: Name, *, as_json: AsJson = False) -> None:
    """End a webhook: it is called no more. Its reader still comes by itself."""
    with open_hub() as hub:
        found = webhooks.remove_webhook(hub, webhook)
        _show(hub, found, f"{found.id} is called no more.", as_json=as_json)


def _show(hub: Hub, of: Endpoint, text: str, *, as_json: bool) -> None:
    if as_json:
        output.json_object(_fields(hub, of))
        return
    output.result(text)
    for key in webhooks.public_keys(hub, of):
        output.result(f"Its calls are checked with {key}")


def _fields(hub: Hub, of: Endpoint) -> dict[str, Any]:
    return {
        "id": of.id,
        "agreement": of.agreement_id,
        "organisation": of.organisation,
        "url": of.url,
        "public_keys": webhooks.public_keys(hub, of),
        "failing_since": of.pending_since,
        "attempts": of.attempts,
        "next_try_at": of.next_try_at,
    }
