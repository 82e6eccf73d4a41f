"""`nwd stats`: the hub's figures."""

from typing import Annotated

from typer import Option, Typer

from consumers.analytics.disclosure_control import FEWEST_PEOPLE, ROUND_TO, ShownTable
from consumers.analytics.measures import By, funnel, interim_outcomes, outcomes
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub

app = Typer()

_MEASURES = {
    "funnel": (funnel, "From referral to outcome, in people; times are medians in days"),
    "outcomes": (outcomes, "Outcomes; hours a week are medians"),
    "interim_outcomes": (interim_outcomes, "Steps on the way, and who then found work"),
}
_SUPPRESSED = "-"


@app.command(
    epilog=examples("nwd stats", "nwd stats --by borough", "nwd stats --json | jq .funnel")
)
def stats(
    *,
    by: Annotated[By, Option(help="What to break the figures down by.")] = By.PROVIDER,
    as_json: AsJson = False,
) -> None:
    """Show how many people were referred, enrolled and reached something, and how long it took.

    Nobody can be found in the figures: counts are rounded to the nearest 5, those of fewer than 5
    people are left out, medians of fewer than 10 as well. Totals are sums of what is shown.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        tables = {name: measure(connection, by) for name, (measure, _) in _MEASURES.items()}
    if as_json:
        output.json_object(tables)
        return
    for name, table in tables.items():
        _show(_MEASURES[name][1], table)
    if not any(table.rows for table in tables.values()):
        return
    output.message(
        f"- is a figure of fewer than {FEWEST_PEOPLE} people, which is not shown; counts are"
        f" rounded to the nearest {ROUND_TO}."
    )


def _show(title: str, table: ShownTable) -> None:
    if not table.rows:
        output.result(f"{title}: nothing that may be shown yet.")
        return
    counts, medians = list(table.rows[0].counts), list(table.rows[0].medians)
    rows = [
        (
            *("not known" if part is None else part for part in row.group),
            *(_figure(row.counts[name]) for name in counts),
            *(_figure(row.medians[name]) for name in medians),
        )
        for row in table.rows
    ]
    rest = [""] * (len(table.by) - 1)
    totals = (
        "total",
        *rest,
        *(f"{table.totals[name]:,}" for name in counts),
        *([""] * len(medians)),
    )
    heads = (*table.by, *(name.replace("_", " ") for name in (*counts, *medians)))
    output.table(title, heads, [*rows, totals])


def _figure(value: int | None) -> str:
    return _SUPPRESSED if value is None else f"{value:,}"
