"""`nwd stats`: the hub's figures."""

from datetime import date, datetime
from typing import Annotated

from typer import Context, Option, Typer

from consumers.analytics.disclosure_control import FEWEST_PEOPLE, ROUND_TO, ReleasedTable
from consumers.analytics.measures import By, funnel, interim_outcomes, outcomes, unmet_needs
from consumers.prefill.duplicate_entry import duplicate_entry
from deploy.cli import output
from deploy.cli.arguments import AsJson
from deploy.cli.help_text import examples
from deploy.hub import open_hub

app = Typer(name="stats", invoke_without_command=True)

_MEASURES = {
    "funnel": (funnel, "From referral to outcome, in people; times are medians in days"),
    "outcomes": (outcomes, "Outcomes; hours a week are medians"),
    "interim_outcomes": (interim_outcomes, "Steps on the way, and who then found work"),
    "unmet_needs": (unmet_needs, "Turned away, and who has enrolled anywhere since"),
}
_SUPPRESSED = "-"


@app.callback(
    epilog=examples("nwd stats", "nwd stats --by borough", "nwd stats --json | jq .funnel")
)
def stats(
    context: Context,
    *,
    by: Annotated[By, Option(help="What to break the figures down by.")] = By.PROVIDER,
    as_json: AsJson = False,
) -> None:
    """Show the hub's figures.

    They say how many people were referred, enrolled and reached something, how long it took, and
    how many were turned away from what they still want, and why.
    Nobody can be found in them: counts are rounded to the nearest 5, those of fewer than 5 people
    are left out, medians of fewer than 10 as well. Totals are sums of what is shown.
    """
    if context.invoked_subcommand is not None:
        return
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


@app.command(
    "duplicate-entry",
    epilog=examples("nwd stats duplicate-entry", "nwd stats duplicate-entry --since 2026-09-01"),
)
def show_duplicate_entry(
    *,
    since: Annotated[
        datetime | None,
        Option(formats=["%Y-%m-%d"], help="From this day's month on. Default: all that is kept."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how often a question was asked again although the passport knew the answer.

    An answer is reused where it came back equal to what was offered, changed where it did not, and
    asked where nothing was offered. What nearly always comes back equal need not be asked.
    """
    with open_hub() as hub, hub.engine.connect() as connection:
        counts = duplicate_entry(connection, since.date() if since else date.min)
    if as_json:
        output.json_lines(count.model_dump() for count in counts)
        return
    if not counts:
        output.result("No form that was offered filled has come back yet.")
        return
    output.table(
        "Answers by question",
        ("organisation", "form", "question", "reused", "changed", "asked", "equal"),
        (
            (
                count.organisation,
                count.form,
                count.question,
                count.reused,
                count.changed,
                count.asked,
                "" if count.equal_share is None else f"{count.equal_share:.0%}",
            )
            for count in counts
        ),
    )
    for count in counts:
        if count.is_to_stop:
            output.message(
                f"{count.organisation}, {count.form}: {count.equal_share:.0%} of the answers to"
                f" {count.question} equal the passport: stop asking."
            )


def _show(title: str, table: ReleasedTable) -> None:
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
