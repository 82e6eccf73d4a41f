"""`nwd participant duplicates` and `distinct`: who may have two numbers, and who has not."""

from typing import Annotated, Any, Final

from typer import Exit, Option

from consent_ledger.consent.changes import TellingApart
from deploy.cli import output
from deploy.cli.arguments import AsJson, Number, PassportNumber, number_option
from deploy.cli.exit_codes import ExitCode
from deploy.cli.help_text import examples
from deploy.hub import open_hub
from deploy.operations.consent_changes import record_change
from deploy.operations.duplicates import FoundDuplicate, find_duplicates, remember_search
from deploy.pages.text import counted

NOT_COMPARED: Final = "not-compared"
"""In place of a verdict, of a number whose person, or somebody like them, cannot be opened."""

DUPLICATES_EXAMPLES: Final = examples(
    "nwd participant duplicates",
    "nwd participant duplicates --all --json > pairs.jsonl",
)

DISTINCT_EXAMPLES: Final = examples(
    "nwd participant distinct NWD-SAMP-2B00-2 --from NWD-SAMP-1E00-9"
)


def duplicates(
    *,
    is_whole: Annotated[
        bool,
        Option("--all", help="Among everybody, also who was looked at before."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List numbers that may be two of one person, with the score and the reasons.

    Looked at is who was registered, or told more of, since the last time: everybody is compared
    with them as at a door. What was listed is not listed again, but by --all; nor is who was merged
    or told apart (`nwd participant distinct`). Cut short, it begins at the same place again.

    Worst harm first: known before possible; then under how many agreements either was sent to a
    recipient, then how many events there are of both. The score is in bits: each doubles the odds
    that it is one person.

    It names numbers that different providers gave, so it is for the hub alone. Nobody is merged:
    ask the person, then `nwd participant merge` or `nwd participant distinct`. It ends with 1 where
    somebody could not be compared, who is looked for again by --all alone.
    """
    with open_hub() as hub:
        with output.progress() as advance:
            search = find_duplicates(
                hub,
                is_whole=is_whole,
                progress=lambda done, total: advance("Comparing people", done, total),
            )
        if as_json:
            output.json_lines(_fields(found) for found in search.found)
            output.json_lines(map(_uncompared, search.uncompared))
        else:
            for found in search.found:
                _print(found)
            for number in search.uncompared:
                output.result(f"{number}  {NOT_COMPARED}")
            output.message(f"{counted(len(search.found), 'pair')} of numbers.")
        remember_search(hub, search)
    if search.uncompared:
        output.message(
            f"{counted(len(search.uncompared), 'number')} not compared: what is kept of that"
            " person, or of somebody like them, cannot be opened."
        )
        raise Exit(ExitCode.FAILED)


def distinct(
    number: Number,
    *,
    other: Annotated[
        PassportNumber,
        number_option("The number of somebody like them, who is not them.", "--from"),
    ],
    as_json: AsJson = False,
) -> None:
    """Say of two numbers that they are two people's, however alike: twins, father and son.

    It is remembered of both, whatever they are merged with later: they are not listed again, and no
    door is asked about the one who is as good as certainly the other. It opens and closes nothing.
    A later merge of the two takes it back, and `unmerge` says it by itself. The entry in the ledger
    names neither of them.
    """
    with open_hub() as hub:
        entry = record_change(hub, TellingApart(number=number, other=other))
    if as_json:
        output.json_object({"entry": entry})
    else:
        output.result(f"recorded  entry {entry} of the ledger")


def _fields(found: FoundDuplicate) -> dict[str, Any]:
    pair = found.pair
    return {
        "numbers": pair.numbers,
        "verdict": pair.verdict,
        "score": None if pair.score is None else round(pair.score, 1),
        "reasons": pair.reasons,
        "contradictions": pair.contradictions,
        "events": [told.events for told in found.told],
        "agreements": [sorted(told.agreements) for told in found.told],
    }


def _uncompared(number: PassportNumber) -> dict[str, Any]:
    return {"numbers": [number], "verdict": NOT_COMPARED}


def _print(found: FoundDuplicate) -> None:
    pair, (first, second) = found.pair, found.told
    score = "" if pair.score is None else f"  {pair.score:.0f} bits"
    output.result(f"{'  '.join(pair.numbers)}  {pair.verdict}{score}")
    output.result(f"  events  {first.events:,} and {second.events:,}")
    if found.agreements:
        output.result(f"  sent under  {', '.join(sorted(found.agreements))}")
    output.result(f"  because  {', '.join(pair.reasons)}")
    if pair.contradictions:
        output.result(f"  but  {', '.join(pair.contradictions)}")
