"""`nwd dead-letters`: what could not be accepted, shown to an operator, mended and replayed."""

import base64
from pathlib import Path
from typing import Annotated

from typer import Argument, BadParameter, Context, Option, Typer

from consent_ledger.filter.dead_letters import DeadLetter
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations import dead_letters
from deploy.operations.dead_letters import DeadLetterError
from producers.json_lines import line_of, read_event
from schemas.codec import to_event
from schemas.errors import MalformedError
from schemas.events import Event

app = Typer(name="dead-letters")

Origin = Annotated[
    str,
    Argument(metavar="ORIGIN", help="Where it came from, as the list says: in.college-c/0/7."),
]
Operator = Annotated[
    str,
    Option(
        metavar="NAME",
        envvar="NWD_OPERATOR",
        help="Who you are: it is written down that you opened it.",
    ),
]


@app.callback(
    invoke_without_command=True,
    epilog=examples("nwd dead-letters", "nwd dead-letters --json | jq .reason"),
)
def list_letters(context: Context, *, as_json: AsJson = False) -> None:
    """List the dead letters: what could not be accepted.

    Where each came from, why the filter refused it and when; what they hold stays sealed. A letter
    is kept for 30 days; replayed or erased, it is gone at once.
    """
    if context.invoked_subcommand is not None:
        return
    with open_hub() as hub:
        found = list(dead_letters.letters_in(hub, dead_letters.dead_letter_topics(hub)))
    if as_json:
        output.json_lines(map(_fields, found))
        return
    output.table(
        "Dead letters",
        ("origin", "reason", "refused", "detail"),
        ((one.origin, one.reason, one.refused_at, one.detail) for one in found),
    )


@app.command(
    epilog=examples(
        "nwd dead-letters show in.college-c/0/7 --operator 'J. Sample'",
        "nwd dead-letters show in.college-c/0/7 --operator 'J. Sample' --json | jq .event",
    )
)
def show(origin: Origin, *, operator: Operator, as_json: AsJson = False) -> None:
    """Open a dead letter and show what it holds. This shows personal data, and is written down.

    An event is shown as the line that `nwd publish` and `replay --with` read; what is none, as its
    bytes in base64.
    """
    with open_hub() as hub:
        letter = dead_letters.find_letter(hub, origin)
        opened = dead_letters.open_letter(hub, letter, _named(operator), "shown")
    event = _event_in(opened)
    if as_json:
        output.json_object(
            {
                **_fields(letter),
                "event": line_of(event) if event else None,
                "bytes": base64.b64encode(opened).decode(),
            }
        )
        return
    output.message("This is personal data. It is written down that you have seen it.")
    output.message(f"{letter.origin}  {letter.reason}  {letter.detail}".rstrip())
    output.result(line_of(event) if event else base64.b64encode(opened).decode())


@app.command(
    epilog=examples(
        "nwd dead-letters replay in.college-c/0/7 --operator 'J. Sample'",
        "nwd dead-letters replay in.college-c/0/7 --operator 'J. Sample' --with mended.jsonl",
    )
)
def replay(
    origin: Origin,
    *,
    operator: Operator,
    mended: Annotated[
        Path | None,
        Option(
            "--with",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="The mended event, one line of JSON, to publish in its place.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a dead letter, mended or as it is, to its provider's in-tray, and take it away.

    The filter decides on it anew, under the permissions of now. What it refuses again is a dead
    letter again.
    """
    with open_hub() as hub:
        letter = dead_letters.find_letter(hub, origin)
        opened = dead_letters.open_letter(hub, letter, _named(operator), "replayed")
        line = None if mended is None else mended.read_bytes()
        event = _event_in(opened) if line is None else read_event(line, hub.clock()).event
        if event is None:
            raise DeadLetterError(
                "The letter is no event as it stands.",
                "Ask its provider what it should be, and give the mended event by --with FILE.",
            )
        dead_letters.replay(hub, letter, event)
    if as_json:
        output.json_object({"replayed": letter.origin, "event_id": event.event_id})
    else:
        output.result(f"Published as event {event.event_id}; the letter is taken away.")


@app.command(
    epilog=examples("nwd dead-letters uses", "nwd dead-letters uses --json | jq .operator")
)
def uses(*, as_json: AsJson = False) -> None:
    """List who opened which dead letter, the newest first."""
    with open_hub() as hub:
        found = dead_letters.uses(hub)
    if as_json:
        output.json_lines(found)
        return
    columns = ("at", "operator", "did", "origin")
    output.table("Opened", columns, ([one[name] for name in columns] for one in found))


def _fields(letter: DeadLetter) -> dict[str, str]:
    return {
        "origin": letter.origin,
        "provider": letter.provider_id,
        "reason": letter.reason,
        "detail": letter.detail,
        "refused_at": letter.refused_at,
    }


def _named(operator: str) -> str:
    if not operator.strip():
        raise BadParameter("An operator has a name.", param_hint="--operator")
    return operator.strip()


def _event_in(opened: bytes) -> Event | None:
    try:
        return to_event(opened)
    except MalformedError:
        return None
