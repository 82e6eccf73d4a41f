"""`nwd dead-letters`: what could not be accepted, shown to an operator, mended and replayed."""

import base64
from pathlib import Path
from typing import Annotated

from typer import Argument, BadParameter, Context, Option, Typer

from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.filter.intake import Reason
from deploy.cli import output
from deploy.cli.arguments import AsJson, ProviderId
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations import dead_letters
from deploy.operations.dead_letters import DeadLetterError
from deploy.operations.letter_replay import event_in, replay_all
from deploy.operations.letter_replay import replay as replay_letter
from deploy.pages.text import counted
from producers.json_lines import line_of, read_event
from schemas.trays import dead_letters as dead_topic

app = Typer(name="dead-letters")

Origin = Annotated[
    str, Argument(metavar="ORIGIN", help="Where it came from, as the list says: in.college-c/0/7.")
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

    Where a letter came from, why the filter refused it and when; what it holds stays sealed. It
    is kept for 30 days; replayed or erased, it is gone at once.
    """
    if context.invoked_subcommand is not None:
        return
    with open_hub() as hub:
        letters = list(dead_letters.letters_in(hub, dead_letters.dead_letter_topics(hub)))
    if as_json:
        output.json_lines(map(_fields, letters))
        return
    output.table(
        "Dead letters",
        ("origin", "reason", "refused", "detail"),
        ((letter.origin, letter.reason, letter.refused_at, letter.detail) for letter in letters),
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
    event = event_in(opened)
    line, encoded = line_of(event) if event else None, base64.b64encode(opened).decode()
    if as_json:
        output.json_object({**_fields(letter), "event": line, "bytes": encoded})
        return
    output.message("This is personal data. It is written down that you have seen it.")
    output.message(f"{letter.origin}  {letter.reason}  {letter.detail}".rstrip())
    output.result(line or encoded)


@app.command(
    epilog=examples(
        "nwd dead-letters replay in.college-c/0/7 --operator 'J. Sample'",
        "nwd dead-letters replay in.college-c/0/7 --operator 'J. Sample' --with mended.jsonl",
        "nwd dead-letters replay --reason unknown-participant --operator 'J. Sample'",
    )
)
def replay(
    origin: Annotated[
        str | None, Argument(metavar="[ORIGIN]", help="Where the one to replay came from.")
    ] = None,
    *,
    operator: Operator,
    reason: Annotated[
        Reason | None,
        Option(help="In place of an origin: all that were refused for this, as they stand."),
    ] = None,
    provider: Annotated[
        ProviderId | None,
        Option(metavar="PROVIDER", parser=ProviderId, help="With --reason: this provider's alone."),
    ] = None,
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
    """Publish dead letters, mended or as they are, to their provider's in-tray; take them away.

    The filter decides on each anew, under the consent of now. What it refuses again is a dead
    letter again. Cut short, nothing is lost: run it again.
    """
    if (origin is None) == (reason is None):
        raise BadParameter("Name one letter by its origin, or all of one reason by --reason.")
    if reason is not None:
        if mended is not None:
            raise BadParameter("A mended event is for one letter: name its origin.")
        _replay_all(reason, provider, _named(operator), as_json=as_json)
    elif origin is not None:
        _replay_one(origin, _named(operator), mended, as_json=as_json)


@app.command(
    epilog=examples("nwd dead-letters uses", "nwd dead-letters uses --json | jq .operator")
)
def uses(*, as_json: AsJson = False) -> None:
    """List who opened which dead letter, the newest first."""
    with open_hub() as hub:
        opened = dead_letters.uses(hub)
    if as_json:
        output.json_lines(opened)
        return
    columns = ("at", "operator", "did", "origin")
    output.table("Opened", columns, ([use[name] for name in columns] for use in opened))


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


def _replay_one(origin: str, operator: str, mended: Path | None, *, as_json: bool) -> None:
    with open_hub() as hub:
        letter = dead_letters.find_letter(hub, origin)
        opened = dead_letters.open_letter(hub, letter, operator, "replayed")
        line = None if mended is None else mended.read_bytes()
        event = event_in(opened) if line is None else read_event(line, hub.clock()).event
        if event is None:
            raise DeadLetterError(
                "The letter is no event as it stands.",
                "Ask its provider what it should be, and give the mended event by --with FILE.",
            )
        replay_letter(hub, letter, event)
    if as_json:
        output.json_object({"replayed": letter.origin, "event_id": event.event_id})
    else:
        output.result(f"Published as event {event.event_id}; the letter is taken away.")


def _replay_all(
    reason: Reason, provider: ProviderId | None, operator: str, *, as_json: bool
) -> None:
    replayed, unreadable = 0, []
    with open_hub() as hub:
        topics = [dead_topic(provider)] if provider else dead_letters.dead_letter_topics(hub)
        for topic in topics:
            held = dead_letters.letters_in(hub, [topic])
            letters = [letter for letter in held if letter.reason == reason]
            done = replay_all(hub, letters, operator)
            replayed += done.replayed
            unreadable += done.unreadable
    if as_json:
        output.json_object({"replayed": replayed, "unreadable": unreadable})
        return
    output.result(f"{counted(replayed, 'letter')} published again and taken away.")
    for origin in unreadable:
        output.message(f"{origin} is no event as it stands: give the mended one by --with FILE.")
