"""What an import of a table did, for a person to read: counts, reasons and lines, never a value."""

from collections.abc import Iterable
from typing import Final

from deploy.cli import output
from deploy.cli.text.import_result import changes_text, lines_text
from deploy.operations.row_reaches import RowReaches
from producers.tables.result import ProblemGroup, TableResult

_QUESTION: Final = "possible-match"


def print_table_result(done: TableResult, *, is_in_file: bool) -> None:
    """Print the account of an import; `is_in_file` when a file says about whom is a question."""
    output.result(f"Table by the mapping {done.mapping}, version {done.mapping_version}")
    if done.is_dry_run:
        output.result("A dry run: nothing was registered, published or stored.")
    output.result(
        f"rows        {done.rows_read:,} read, {done.rows_created:,} created,"
        f" {done.rows_corrected:,} corrected, {done.rows_unchanged:,} unchanged,"
        f" {done.rows_set_aside:,} set aside, {done.rows_left_out:,} left out"
    )
    output.result(f"people      {done.people_new:,} new")
    for name, changes in (
        ("referrals", done.referrals),
        ("enrolments", done.enrolments),
        ("outcomes", done.outcomes),
    ):
        output.result(f"{name:<11} {changes_text(changes)}")
    verb = "would be published" if done.is_dry_run else "published"
    output.result(f"events      {done.published:,} {verb}")
    if done.problems:
        output.table("Set aside", ("rows", "where", "what", "lines"), _groups(done.problems))
    if any(problem.code == _QUESTION for problem in done.problems) and not is_in_file:
        output.message(
            "Who may have a passport number already waits for an adviser. Import the table with"
            " --set-aside FILE, fill that file in, and give it back with --answers FILE."
        )
    if done.warnings:
        output.table("Warnings", ("rows", "where", "what", "lines"), _groups(done.warnings))


def print_row_reaches(reaches: RowReaches) -> None:
    """Print of the rows, those together that are alike, who would see what, and what to ask."""
    output.table(
        "Rows",
        ("rows", "would see", "more, if asked", "lines"),
        (
            (
                alike.rows,
                reaches.seen_text(alike.reach),
                reaches.to_ask_text(alike.reach),
                lines_text(alike.lines, alike.rows),
            )
            for alike in reaches.grouped()
        ),
    )


def _groups(groups: Iterable[ProblemGroup]) -> Iterable[tuple[object, ...]]:
    for group in groups:
        lines = lines_text(group.lines, group.rows)
        yield group.rows, group.column or "", group.text, lines
