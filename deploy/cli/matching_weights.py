"""`nwd participant weights`: how names and dates go wrong at this hub, estimated anew."""

from pathlib import Path
from typing import Annotated, Any, Final

from typer import Option

from consent_ledger.matching.differences import LevelDifference
from consent_ledger.matching.weights import weights_text
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import Hub, open_hub
from deploy.operations.matching_weights import WeightsEstimate, estimate_weights
from deploy.pages.text import counted

WEIGHTS_EXAMPLES: Final = examples(
    "nwd participant weights",
    "nwd participant weights --write weights.yaml",
    "NWD_MATCHING_WEIGHTS=weights.yaml nwd up",
)
_COLUMNS: Final = ("field", "level", "m", "u", "bits", "new m", "new u", "new bits", "pairs")


def weights(
    *,
    write: Annotated[
        Path | None,
        Option(metavar="FILE", help="Write the weights found to a new file; nothing uses it yet."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Estimate from this hub's own records how much a field says, beside the weights in use.

    People are known again by weights: m is how often a field agrees so far between two records of
    one person, u how often between two people, and a level counts log2(m/u) bits. The shipped ones
    were found in made-up people. This reads what doors have told, compares it in memory and shows
    each level's weight in use, the one found, and in how many pairs of candidates the level
    occurred; a level that hardly occurs keeps nearly what it had. No value of anybody is printed.

    Nothing is changed: --write makes a file, to be read and thought about, and the setting
    NWD_MATCHING_WEIGHTS has the hub use it from its next start. The thresholds stay as they are.
    """
    if write is not None:
        output.demand_new(write)
    with open_hub() as hub:
        with output.progress() as advance:
            found = estimate_weights(hub, advance)
        if as_json:
            output.json_object(_fields(found))
        else:
            _print(found)
        if write is not None:
            write.write_text(_file(hub, found), "utf-8")
            output.message(
                f"Written to {write}. It is used once NWD_MATCHING_WEIGHTS names it, from the next"
                " start of every program of the hub."
            )


def _print(found: WeightsEstimate) -> None:
    output.table(
        "Weights in use, and as found",
        _COLUMNS,
        (
            (
                *(each.field, each.level),
                *_cells(each.before.m, each.before.u, each.before.bits),
                *_cells(each.found.m, each.found.u, each.found.bits),
                each.candidates,
            )
            for each in found.differences
        ),
    )
    drawn = "" if found.people == found.of_people else f", drawn from {found.of_people:,}"
    output.message(
        f"{counted(found.records, 'record')} of {found.people:,} people{drawn};"
        f" {counted(found.candidates, 'pair')} of candidates,"
        f" of which {found.alike:,.0f} seem to be one person's."
    )
    if found.unreadable:
        output.message(f"{counted(found.unreadable, 'record')} could not be opened: left out.")


def _cells(m: float, u: float, bits: float) -> tuple[str, str, str]:
    return f"{m:.4f}", f"{u:.6f}", f"{bits:+.1f}"


def _fields(found: WeightsEstimate) -> dict[str, Any]:
    return {
        "people": found.people,
        "of_people": found.of_people,
        "records": found.records,
        "candidates": found.candidates,
        "alike": round(found.alike),
        "unreadable": found.unreadable,
        "levels": [_level(each) for each in found.differences],
    }


def _level(each: LevelDifference) -> dict[str, Any]:
    return {
        "field": each.field,
        "level": each.level,
        "before": each.before._asdict() | {"bits": round(each.before.bits, 2)},
        "found": each.found._asdict() | {"bits": round(each.found.bits, 2)},
        "candidates": each.candidates,
        "at_random": each.at_random,
    }


def _file(hub: Hub, found: WeightsEstimate) -> str:
    return (
        "# How often each level occurs between two records of one person (m) and of two people (u),"
        " as\n# [m, u]. Estimated by `nwd participant weights`"
        f" on {hub.clock():%Y-%m-%d}, from {found.records:,} records\n"
        f"# of a hub, of which {found.alike:,.0f} pairs seem to be one person's.\n"
        f"{weights_text(found.weights)}"
    )
