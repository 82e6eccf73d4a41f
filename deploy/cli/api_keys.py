"""`nwd api-key`: keys by which organisations use the API, made, listed and revoked."""

from datetime import datetime
from typing import Annotated, Any

from typer import Argument, BadParameter, Option, Typer

from consent_ledger.credentials.api_keys import ApiKey
from consent_ledger.credentials.scopes import Scope, parse_scope
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations.api_keys import list_api_keys, make_api_key, revoke_api_key
from schemas.errors import MalformedError
from schemas.identifiers import OrganisationId

DAYS = 90
MOST_DAYS = 366

app = Typer(name="api-key", help="API keys: what an organisation may ask over HTTP.")


def scope_given(text: str) -> Scope:
    """Return a scope; BadParameter where the text is none."""
    try:
        return parse_scope(text)
    except MalformedError as error:
        raise BadParameter(f"{error.message} {error.hint}") from None


@app.command(
    epilog=examples(
        "nwd api-key add college-c --scope consent:college-c.outcomes",
        "nwd api-key add borough-d --scope read:borough-d.support --expires 30 --json",
    )
)
def add(
    organisation: Annotated[
        str, Argument(metavar="ORGANISATION", help="A provider, or who reads a tray: college-c.")
    ],
    *,
    scopes: Annotated[
        list[Scope],
        Option(
            "--scope",
            metavar="SCOPE",
            parser=scope_given,
            help="publish:PROVIDER, services:PROVIDER, read:AGREEMENT or consent:AGREEMENT; may be"
            " given again.",
        ),
    ],
    days: Annotated[
        int, Option("--expires", min=1, max=MOST_DAYS, metavar="DAYS", help="How long it holds.")
    ] = DAYS,
    as_json: AsJson = False,
) -> None:
    """Make a key for an organisation, and show its secret this one time.

    What is kept is a digest: nobody can show the secret again. An organisation has at most two
    valid keys, so that one can be put in the other's place: add, change over, revoke.
    """
    with open_hub() as hub:
        key, secret = make_api_key(hub, OrganisationId(organisation), scopes, days)
    if as_json:
        output.json_object({"secret": secret, **_fields(key)})
        return
    output.message(f"Key {key.id} of {organisation}. It is shown this one time:")
    output.result(secret)
    output.message("Hand it over sealed. It is sent as: Authorization: Bearer SECRET")


@app.command("list", epilog=examples("nwd api-key list", "nwd api-key list --json | jq .id"))
def list_keys(*, as_json: AsJson = False) -> None:
    """List the keys that were made, and whether they hold. It shows no secret."""
    with open_hub() as hub:
        keys, now = list_api_keys(hub), hub.clock()
    if as_json:
        output.json_lines({**_fields(key), "state": _state(key, now)} for key in keys)
        return
    output.table(
        "API keys",
        ("key", "organisation", "state", "expires", "scopes"),
        (
            (key.id, key.organisation, _state(key, now), key.expires_at, " ".join(_scopes(key)))
            for key in keys
        ),
    )


@app.command(epilog=examples("nwd api-key revoke 5f0c31a7be92"))
def revoke(
    key: Annotated[str, Argument(metavar="KEY", help="The key, as `nwd api-key list` names it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Revoke a key for good: a second later it opens nothing."""
    with open_hub() as hub:
        revoked = revoke_api_key(hub, key)
    if as_json:
        output.json_object({"revoked": revoked.id, "organisation": revoked.organisation})
    else:
        output.result(f"Key {revoked.id} of {revoked.organisation} is revoked.")


def _fields(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "organisation": key.organisation,
        "scopes": _scopes(key),
        "made_at": key.made_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _scopes(key: ApiKey) -> list[str]:
    return sorted(map(str, key.scopes))


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.is_valid(now) else "expired"
